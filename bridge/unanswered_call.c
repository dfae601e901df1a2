/*
 * Who waits for an answer, as the gateway lists it.
 */
#include "bridge/unanswered_call.h"

#include "bridge/directory_call.h"
#include "bridge/entry.h"
#include "codecs/control.h"

static enum via_status read_row(struct via_parcel *page, struct unanswered_row *row)
{
    enum via_status status = entry_read_text(page, &row->family);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->name);
    if (status == VIA_OK)
        status = via_parcel_read_i32(page, &row->pid);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->uid);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->n);
    if (status == VIA_OK)
        status = via_parcel_read_u64(page, &row->oldest_ms);
    if (status == VIA_OK)
        status = via_parcel_read_i32(page, &row->caller_pid);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->caller_uid);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->caller_identity);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->caller_address);
    return status;
}

struct listing {
    void (*fn)(void *user, const struct unanswered_row *row);
    void *user;
};

static enum via_status tell_row(void *user, struct via_parcel *page)
{
    const struct listing *listing = user;
    struct unanswered_row row;
    enum via_status status = read_row(page, &row);
    if (status == VIA_OK)
        listing->fn(listing->user, &row);
    return status;
}

enum via_status unanswered_call_list(struct via_node *node, const char *family, const char *pattern,
                                     void (*fn)(void *user, const struct unanswered_row *row),
                                     void *user)
{
    const char *const texts[] = {family, pattern};
    struct listing listing = {fn, user};
    return directory_ask_list(node, DIRECTORY_UNANSWERED, texts, 2, tell_row, &listing);
}
