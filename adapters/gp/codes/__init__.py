"""Code tables of the GP source. A row is a translation somebody can check; a code without a row keeps its own words."""
