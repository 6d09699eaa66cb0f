"""The voluntary sector: social prescribing referrals, and the Open Referral UK directory of services."""
