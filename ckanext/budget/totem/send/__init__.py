"""From a body's own computer to a portal: checked and masked first, then deposited by the API.

What leaves the machine is the masked XML, under a name made from its header, and nothing computed
from the original. The portal trusts nothing of it: it checks and masks again.

=============  ==========================================================================
``prepared``   documents of a file, checked and masked in a private folder
``portal``     the portal's API: bounded retries, one sentence for each failure
``memory``     settings of this computer, and what was sent from it (keyed digests)
``sender``     one file: told once, sent once
``watch``      a folder where the accounting software writes
``cli``        ``totem-budget send``
=============  ==========================================================================
"""
