/*
 * Directory entries, as they stand in parcels.
 */
#pragma once

#include <viaduct/node.h>

/* The next entry of @parcel; its strings are borrowed from it. */
VIA_MUST_USE enum via_status entry_read(struct via_parcel *parcel, struct via_entry *entryp);
/* A text of the gateway's; one that is null reads as empty. It stands in @parcel. */
VIA_MUST_USE enum via_status entry_read_text(struct via_parcel *parcel, const char **textp);
