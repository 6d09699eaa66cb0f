"""The feeds in which the hub speaks to itself. A hub has them whatever adapters a site loads: their messages are in the log and are mapped for ever."""

from carehub.hub import pds_feed, rulings_feed

OWN = (pds_feed.ADAPTER, rulings_feed.ADAPTER)
