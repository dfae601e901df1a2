/*
 * Lists come by pages; where the next one begins stands at the end of the one before.
 */
#include "bridge/binding_call.h"

#include "bridge/directory_call.h"
#include "bridge/entry.h"
#include "codecs/control.h"
#include "codecs/frame.h"

enum via_status binding_call_change(struct via_node *node, const char *family, const char *client,
                                    const char *server)
{
    struct via_parcel *request;
    enum via_status status = via_parcel_create(&request);
    if (status != VIA_OK)
        return status;
    status = via_parcel_write_str(request, family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, client);
    if (status == VIA_OK && server != NULL)
        status = via_parcel_write_str(request, server);
    if (status == VIA_OK)
        status = directory_ask_unlocked(node, server != NULL ? DIRECTORY_BIND : DIRECTORY_UNBIND,
                                        request, FRAME_NO_DEADLINE, NULL, NULL);
    (void)via_parcel_unref(request);
    return status;
}

/* ---- lists ---- */

static enum via_status read_binding(struct via_parcel *page, struct binding_row *row)
{
    enum via_status status = entry_read_text(page, &row->family);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->client_uid);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->client_user);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->interface);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->server_uid);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->server_user);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->name);
    if (status == VIA_OK)
        status = via_parcel_read_bool(page, &row->from_file);
    return status;
}

static enum via_status read_waiting(struct via_parcel *page, struct waiting_row *row)
{
    enum via_status status = entry_read_text(page, &row->family);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->client_uid);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->interface);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->protocol);
    if (status == VIA_OK)
        status = via_parcel_read_i32(page, &row->pid);
    if (status == VIA_OK)
        status = via_parcel_read_u8(page, &row->state);
    if (status == VIA_OK)
        status = via_parcel_read_u32(page, &row->server_uid);
    if (status == VIA_OK)
        status = entry_read_text(page, &row->name);
    return status;
}

struct listing {
    void (*fn)(void *user, const struct binding_row *row);
    void *user;
};

static enum via_status tell_binding(void *user, struct via_parcel *page)
{
    const struct listing *listing = user;
    struct binding_row row;
    enum via_status status = read_binding(page, &row);
    if (status == VIA_OK)
        listing->fn(listing->user, &row);
    return status;
}

enum via_status binding_call_list(struct via_node *node, const char *family,
                                  void (*fn)(void *user, const struct binding_row *row), void *user)
{
    struct listing listing = {fn, user};
    return directory_ask_list(node, DIRECTORY_BINDINGS, &family, 1, tell_binding, &listing);
}

enum via_status binding_call_waiting(struct via_node *node, const char *family,
                                     void (*fn)(void *user, const struct waiting_row *row),
                                     void *user)
{
    uint64_t after = 0;
    bool more = true;
    enum via_status status = VIA_OK;
    while (more && status == VIA_OK) {
        struct via_parcel *request = NULL, *page = NULL;
        uint32_t n = 0;
        status = via_parcel_create(&request);
        if (status == VIA_OK)
            status = via_parcel_write_str(request, family);
        if (status == VIA_OK)
            status = via_parcel_write_u64(request, after);
        if (status == VIA_OK)
            status = via_parcel_write_u32(request, DIRECTORY_PAGE_MOST);
        if (status == VIA_OK)
            status = directory_ask_unlocked(node, DIRECTORY_WAITING, request, FRAME_NO_DEADLINE,
                                            NULL, &page);
        (void)via_parcel_unref(request);
        if (status == VIA_OK)
            status = via_parcel_read_u32(page, &n);
        for (; n > 0 && status == VIA_OK; n--) {
            struct waiting_row row;
            status = read_waiting(page, &row);
            if (status == VIA_OK)
                fn(user, &row);
        }
        if (status == VIA_OK)
            status = via_parcel_read_bool(page, &more);
        if (status == VIA_OK)
            status = via_parcel_read_u64(page, &after);
        (void)via_parcel_unref(page);
    }
    return status;
}
