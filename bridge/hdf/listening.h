/*
 * Who hears a service's events: listeners of handles and of groups, each served by one thread, one
 * after the other, in the order in which they were registered, a group's before the handles' own.
 */
#pragma once

#include "bridge/hdf/handle.h"

void listening_init(struct hdf_handle *handle);
/* Nobody listens any more; listeners may be used again. Waits until no callback for it runs, unless
 * called from a callback. */
void listening_end(struct hdf_handle *handle);

/* An event for a handle that listens. @data: of the layout of sbufs; takes a count of its own. From
 * one thread at a time for each handle. */
void listening_deliver(struct hdf_handle *handle, uint32_t id, bool is_alone,
                       struct via_parcel *data);
