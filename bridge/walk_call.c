/*
 * The question where a path leads. The objects at its end come with the answer, and their numbers
 * are the gateway's word: so whoever sends to them next need not ask for them.
 */
#include "bridge/directory_call.h"
#include "bridge/node.h"
#include "bridge/proxy.h"
#include "codecs/control.h"

static enum via_status read_outcome(struct via_parcel *reply, struct via_outcome *outcome)
{
    uint32_t status = 0, cause = 0;
    enum via_status read = via_parcel_read_u32(reply, &status);
    if (read == VIA_OK)
        read = via_parcel_read_u32(reply, &cause);
    if (read == VIA_OK)
        read = via_parcel_read_i32(reply, &outcome->error);
    outcome->status = (enum via_status)status;
    return read;
}

static enum via_status read_place(struct via_node *node, struct via_parcel *reply,
                                  struct via_place *place)
{
    struct via_proxy *proxy = NULL;
    enum via_status status = via_parcel_read_u32(reply, &place->number);
    if (status == VIA_OK)
        status = via_parcel_read_u64(reply, &place->id);
    if (status == VIA_OK)
        status = via_parcel_read_ref(reply, &proxy);
    if (status != VIA_OK || proxy == NULL)
        return status;
    node_lock(node);
    known_numbers_learn(node, proxy, place->number);
    node_unlock(node);
    (void)via_proxy_unref(proxy);
    return VIA_OK;
}

static enum via_status read_walk(struct via_node *node, struct via_parcel *reply,
                                 struct via_walk *walk)
{
    enum via_status status = read_outcome(reply, &walk->outcome);
    if (status == VIA_OK)
        status = read_place(node, reply, &walk->node);
    if (status == VIA_OK)
        status = read_place(node, reply, &walk->device);
    if (status == VIA_OK && walk->asks_mode != 0)
        status = read_outcome(reply, &walk->mode_outcome);
    if (status == VIA_OK && walk->asks_mode != 0)
        status = via_parcel_read_i64(reply, &walk->mode);
    return status;
}

static enum via_status ask(struct via_node *node, const char *family, const char *path,
                           const struct via_walk *walk, struct via_parcel **replyp)
{
    struct via_parcel *request = NULL;
    enum via_status status = via_parcel_create(&request);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, family);
    if (status == VIA_OK)
        status = via_parcel_write_str(request, path);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, walk->asks_mode != 0 ? WALK_MODE : 0);
    if (status == VIA_OK)
        status = via_parcel_write_u32(request, walk->priority);
    if (status == VIA_OK)
        status =
            directory_ask_unlocked(node, DIRECTORY_WALK, request, FRAME_NO_DEADLINE, NULL, replyp);
    (void)via_parcel_unref(request);
    return status;
}

enum via_status via_node_walk(struct via_node *node, const char *family, const char *path,
                              struct via_walk *walk)
{
    if (node == NULL || family == NULL || family[0] == '\0' || path == NULL || path[0] == '\0' ||
        walk == NULL || walk->size < sizeof *walk)
        return VIA_INVALID;
    struct via_parcel *reply = NULL;
    struct via_walk end = {
        .size = walk->size, .priority = walk->priority, .asks_mode = walk->asks_mode};
    enum via_status status = ask(node, family, path, walk, &reply);
    if (status == VIA_OK)
        status = read_walk(node, reply, &end);
    (void)via_parcel_unref(reply);
    if (status == VIA_OK)
        *walk = end;
    return status;
}
