/*
 * Messages: a CALL to the object that has the port's number, in the canonical ABI. Where members
 * stand in the raws says the codec's table.
 */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <viaduct/node.h>
#include <viaduct/object.h>

#include "codecs/phoenix_convert.h"
#include "gateway/cli/command_phx.h"

#define ABI PHOENIX_ABI_LP64

/* ---- members ---- */

static bool is_called(const struct phoenix_member *member, const char *name)
{
    return member->name != NULL && strcmp(member->name, name) == 0;
}

/* @name is one of the type's. */
static size_t member_of(const struct phoenix_struct *structure, const char *name)
{
    size_t index = 0;
    while (index < structure->n_members && !is_called(&structure->members[index], name))
        index++;
    assert(index < structure->n_members);
    return index;
}

void phx_set(struct phx_message *message, const char *name, uint64_t value)
{
    const struct phoenix_struct *in = &phoenix_type_of(message->type)->in;
    size_t index = member_of(in, name);
    bool fits = phoenix_put(in->members[index].kind, ABI,
                            message->in + phoenix_member_at(in, index, ABI), value);
    assert(fits);
    (void)fits;
}

void phx_set_oid(struct phx_message *message, const char *name, const struct phoenix_oid *oid)
{
    const struct phoenix_struct *in = &phoenix_type_of(message->type)->in;
    bool fits =
        phoenix_put_oid(ABI, message->in + phoenix_member_at(in, member_of(in, name), ABI), oid);
    assert(fits); /* an id has 64 bits there */
    (void)fits;
}

void phx_set_chars(struct phx_message *message, const char *name, const char *text)
{
    const struct phoenix_struct *in = &phoenix_type_of(message->type)->in;
    assert(strlen(text) < PHOENIX_CHARS_SIZE);
    memcpy(message->in + phoenix_member_at(in, member_of(in, name), ABI), text, strlen(text) + 1);
}

uint64_t phx_get(const struct phx_message *message, const char *name)
{
    const struct phoenix_struct *out = &phoenix_type_of(message->type)->out;
    size_t index = member_of(out, name);
    return phoenix_get(out->members[index].kind, ABI,
                       message->out + phoenix_member_at(out, index, ABI));
}

struct phoenix_oid phx_get_oid(const struct phx_message *message, const char *name)
{
    const struct phoenix_struct *out = &phoenix_type_of(message->type)->out;
    struct phoenix_oid oid;
    phoenix_get_oid(ABI, message->out + phoenix_member_at(out, member_of(out, name), ABI), &oid);
    return oid;
}

void phx_set_text(struct phx_message *message, const char *text)
{
    message->data = text;
    message->size = strlen(text) + 1;
}

/* ---- sending ---- */

static enum via_status pack(const struct phoenix_request *request, struct via_parcel **parcelp)
{
    size_t size;
    uint8_t *place;
    enum via_status status = phoenix_request_size(request, &size);
    if (status == VIA_OK)
        status = via_parcel_create(parcelp);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(*parcelp, VIA_LAYOUT_PHOENIX);
    status = via_parcel_extend(*parcelp, size, VIA_TAG_PAD, 0, &place);
    if (status == VIA_OK)
        phoenix_request_encode(request, place);
    return status;
}

static enum via_status take(struct phx_message *message, const struct phoenix_request *request,
                            struct via_parcel *answer, int32_t *errp)
{
    struct phoenix_question question;
    struct phoenix_reply reply;
    phoenix_request_question(request, &question);
    if (answer == NULL)
        return VIA_BAD_PAYLOAD;
    enum via_status status =
        phoenix_reply_decode(via_parcel_data(answer), via_parcel_size(answer), &question, &reply);
    if (status == VIA_OK)
        status = phoenix_reply_take(&reply, &question, message->out, message->room);
    if (status == VIA_OK)
        *errp = reply.err;
    return status;
}

int32_t phx_send(struct phx_shell *shell, struct phx_message *message)
{
    struct via_parcel *parcel = NULL, *answer = NULL;
    struct via_proxy *proxy = NULL;
    int32_t err = -EIO;
    const struct phoenix_request request = {
        .type = message->type,
        .pid = getpid(),
        .priority = PHOENIX_PRIORITY,
        .oid = message->oid,
        .abi = ABI,
        .has_out = message->room != NULL,
        .in_raw = message->in,
        .in_data = message->data,
        .in_size = message->size,
        .out_size = message->room_size,
    };
    shell->status = pack(&request, &parcel);
    if (shell->status == VIA_OK) {
        shell->status = via_node_find_number(shell->cli->node, message->oid.port, &proxy);
        if (shell->status == VIA_NOT_FOUND)
            shell->status = VIA_DEAD; /* who told us the number knew its port */
    }
    if (shell->status == VIA_OK)
        shell->status = via_proxy_call(proxy, (uint32_t)message->type, parcel,
                                       shell->cli->timeout_ms, NULL, &answer);
    if (shell->status == VIA_OK)
        shell->status = take(message, &request, answer, &err);
    (void)via_parcel_unref(answer);
    (void)via_parcel_unref(parcel);
    (void)via_proxy_unref(proxy);
    return err;
}

/* ---- messages that several commands send ---- */

int32_t phx_open(struct phx_shell *shell, struct phoenix_oid *oid, uint32_t flags)
{
    struct phx_message message = {.type = PHOENIX_OPEN, .oid = *oid};
    phx_set(&message, "flags", flags);
    int32_t err = phx_send(shell, &message);
    if (err > 0)
        oid->id = (uint64_t)err;
    return err;
}

int32_t phx_close(struct phx_shell *shell, const struct phoenix_oid *oid, uint32_t flags,
                  int32_t err)
{
    struct phx_message message = {.type = PHOENIX_CLOSE, .oid = *oid};
    if (shell->status != VIA_OK) /* nobody answers; the server hears of our end */
        return err;
    phx_set(&message, "flags", flags);
    const int32_t closed = phx_send(shell, &message);
    if (err >= 0)
        return closed;
    shell->status = VIA_OK;
    return err;
}

int32_t phx_read(struct phx_shell *shell, const struct phoenix_oid *oid, int64_t offs, void *data,
                 size_t size)
{
    struct phx_message message = {
        .type = PHOENIX_READ, .oid = *oid, .room = data, .room_size = size};
    phx_set(&message, "offs", (uint64_t)offs);
    phx_set(&message, "mode", PHX_RDONLY);
    int32_t n = phx_send(shell, &message);
    return n > 0 && (size_t)n > size ? -EINVAL : n;
}

int32_t phx_attribute(struct phx_shell *shell, const struct phoenix_oid *oid, const char *attribute,
                      int64_t *valuep)
{
    struct phx_message message = {.type = PHOENIX_GETATTR, .oid = *oid};
    uint32_t number = 0;
    bool is_one = phoenix_number_of(&phoenix_attributes, attribute, strlen(attribute), &number);
    assert(is_one);
    (void)is_one;
    phx_set(&message, "attr", number);
    int32_t err = phx_send(shell, &message);
    if (err >= 0)
        *valuep = (int64_t)phx_get(&message, "val");
    return err;
}

int32_t phx_cover(struct phx_shell *shell, const struct phoenix_oid *covered,
                  const struct phoenix_oid *root)
{
    struct phx_message message = {.type = PHOENIX_SETATTR, .oid = *covered};
    const struct phoenix_struct *structure = phoenix_struct_of(PHOENIX_ATTR);
    uint8_t data[PHOENIX_STRUCT_MAX] = {0};
    phx_set(&message, "attr", PHOENIX_AT_DEV);
    bool fits = phoenix_put_oid(ABI, data, root);
    assert(fits);
    (void)fits;
    message.data = data;
    message.size = phoenix_struct_size(structure, ABI);
    return phx_send(shell, &message);
}
