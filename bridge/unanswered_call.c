/*
 * The list comes by pages; where the next one begins stands at the end of the one before.
 */
#include "bridge/unanswered_call.h"

#include "bridge/directory_call.h"
#include "codecs/control.h"
#include "codecs/frame.h"

#define PAGE_MOST 256u

static enum via_status read_text(struct via_parcel *parcel, const char **textp)
{
    enum via_status status = via_parcel_read_str(parcel, textp);
    if (status == VIA_OK && *textp == NULL)
        *textp = "";
    return status;
}

static enum via_status read_row(struct via_parcel *page, struct unanswered_row *row)
{
    enum via_status status = read_text(page, &row->family);
    if (status == VIA_OK)
        status = read_text(page, &row->name);
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
        status = read_text(page, &row->caller_identity);
    if (status == VIA_OK)
        status = read_text(page, &row->caller_address);
    return status;
}

static enum via_status ask(struct via_node *node, const char *family, const char *pattern,
                           const char *after, struct via_parcel **pagep)
{
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, pattern);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, after);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, PAGE_MOST);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, DIRECTORY_UNANSWERED, request, FRAME_NO_DEADLINE,
                                        NULL, pagep);
    (void)via_parcel_unref(request);
    return status;
}

enum via_status unanswered_call_list(struct via_node *node, const char *family, const char *pattern,
                                     void (*fn)(void *user, const struct unanswered_row *row),
                                     void *user)
{
    struct via_parcel *page = NULL;
    const char *after = "";
    bool more = true;
    enum via_status status = VIA_OK;
    while (more && status == VIA_OK) {
        struct via_parcel *next = NULL;
        uint32_t n = 0;
        status = ask(node, family, pattern, after, &next);
        (void)via_parcel_unref(page);
        page = next;
        if (status == VIA_OK)
            status = via_parcel_read_u32(page, &n);
        for (; n > 0 && status == VIA_OK; n--) {
            struct unanswered_row row;
            status = read_row(page, &row);
            if (status == VIA_OK)
                fn(user, &row);
        }
        if (status == VIA_OK)
            status = via_parcel_read_bool(page, &more);
        if (status == VIA_OK)
            status = read_text(page, &after);
    }
    (void)via_parcel_unref(page);
    return status;
}
