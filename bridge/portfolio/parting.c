/*
 * All of it is a copy, or counted: the program may delete the message meanwhile, but for the data,
 * which are the sender's until SendMsg() returns.
 */
#include "bridge/portfolio/parting.h"

#include <string.h>
#include <viaduct/object.h>

#include "bridge/portfolio/entrance.h"
#include "bridge/portfolio/guest.h"
#include "bridge/portfolio/outcome.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/references.h"
#include "bridge/portfolio/wide.h"
#include "codecs/octets.h"
#include "include/portfolio/operror.h"

#define FLAVORS_END 256u /* codes from there on are for no messages */

Err parting_check(const struct message *message, const struct task *task, const struct words *words)
{
    if (message == NULL)
        return BADITEM;
    if (message->holder != task)
        return NOTOWNER;
    return words_check(words, message);
}

static void note_reply_port(const struct message *message, const struct task *task,
                            struct parting *parting)
{
    Item number = message_public(message)->msg_ReplyPort;
    const struct port *port = port_find(number);
    struct via_proxy *proxy = NULL;
    if (message->call != NULL)
        proxy = via_parcel_ref_at(via_call_request(message->call), PORTFOLIO_MESSAGE_REPLY_PORT_AT,
                                  NULL);
    else if (port != NULL)
        proxy = entrance_proxy(port->entrance);
    parting->reply_port = proxy != NULL ? via_proxy_ref(proxy) : NULL;
    parting->said.reply_port = proxy != NULL && wide_is(number) ? (uint32)number : 0;
    parting->is_own = port != NULL && port->task == task;
}

static void note_words(const struct words *words, struct portfolio_message *said)
{
    if (said->kind == PORTFOLIO_SMALL) {
        guest_split(words, said->words);
    } else {
        said->data = words->data;
        said->size = (size_t)words->size;
    }
}

/* What the gateway may judge a message to the broker by. */
uint32 parting_flavor(const struct parting *parting)
{
    if (parting->said.size < sizeof(uint32_t))
        return 0;
    uint32_t flavor = octets_get_u32(parting->said.data);
    return flavor < FLAVORS_END ? flavor : 0;
}

Err parting_note(const struct message *message, const struct task *task, const struct words *words,
                 struct parting *parting)
{
    Err err = parting_check(message, task, words);
    if (err < 0)
        return err;
    const Message *public = message_public(message);
    const char *name = public->msg.n_Name;
    parting->said = (struct portfolio_message){
        .kind = message_kind_of(message),
        .priority = public->msg.n_Priority,
        .capacity = public->msg_DataPtrSize,
        .name = name != NULL ? memcpy(parting->name, name, strlen(name) + 1) : NULL,
    };
    note_words(words, &parting->said);
    parting->flavor = 0;
    note_reply_port(message, task, parting);
    parting->call = message->call != NULL ? via_call_keep(message->call) : NULL;
    return 0;
}

void parting_clear(struct parting *parting)
{
    (void)via_proxy_unref(parting->reply_port);
    (void)via_call_unref(parting->call);
}

static enum via_status fill(struct via_parcel *parcel, const struct parting *parting)
{
    size_t size;
    uint8_t *place;
    enum via_status status = portfolio_message_size(&parting->said, &size);
    if (status == VIA_OK)
        status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &place);
    if (status != VIA_OK)
        return status;
    portfolio_message_encode(&parting->said, place);
    if (parting->reply_port != NULL)
        status =
            via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, parting->reply_port, 0);
    if (status == VIA_OK && parting->flavor != 0)
        status = references_give(parcel, size - parting->said.size);
    return status;
}

Err parting_pack(const struct parting *parting, struct via_parcel **parcelp)
{
    struct via_parcel *parcel;
    enum via_status status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return NOMEM;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    status = fill(parcel, parting);
    if (status != VIA_OK)
        (void)via_parcel_unref(parcel);
    else
        *parcelp = parcel;
    return outcome_error(status);
}
