"""Which few hundred people a team meets about, and why: the site's criteria, and the reasons that follow from what a record tells. Pure."""
