"""Stand-in until the models exist."""

from unfold.sites import UnfoldAdminSite


class GatehouseAdminSite(UnfoldAdminSite):
    index_title = "Overview"
