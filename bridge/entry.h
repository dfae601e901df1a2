/*
 * Directory entries, as they stand in parcels.
 */
#pragma once

#include <viaduct/node.h>

/* The next entry of @parcel; its strings are borrowed from it. */
VIA_MUST_USE enum via_status entry_read(struct via_parcel *parcel, struct via_entry *entryp);
