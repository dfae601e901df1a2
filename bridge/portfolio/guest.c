/*
 * A message that came is an Item of this process that nobody owns; it goes when it is answered. Its
 * data stay in the call's own memory, unless it has a buffer with more room than that.
 *
 * Its sender's word counts for what is in it, and for nothing else: whose the reply port is the
 * reference says, and who may send there the gateway.
 */
#include "bridge/portfolio/guest.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "bridge/portfolio/foreign.h"
#include "bridge/portfolio/kinds.h"
#include "bridge/portfolio/message.h"
#include "bridge/portfolio/outcome.h"
#include "bridge/portfolio/port.h"
#include "bridge/portfolio/references.h"
#include "bridge/portfolio/senders.h"
#include "bridge/portfolio/table.h"
#include "codecs/octets.h"
#include "codecs/portfolio_fields.h"
#include "include/portfolio/operror.h"

#define ALIGNMENT 8u /* of data that programs read as structures */
#define HEADER_SIZE sizeof(EventBrokerHeader)

/* ---- a message as it comes ---- */

static enum via_status read_message(struct via_call *call, struct portfolio_message *said)
{
    struct via_parcel *request = via_call_request(call);
    uint32_t code = via_call_code(call);
    struct portfolio_fault fault = {.words = "another layout"};
    enum via_status status = VIA_BAD_PAYLOAD;
    if (via_parcel_layout(request) == VIA_LAYOUT_EVENT_BROKER)
        status = portfolio_message_decode(via_parcel_data(request), via_parcel_size(request), said,
                                          &fault);
    if (status == VIA_OK && (code == EB_EventRecord || code == EB_SetFocus))
        references_take(request, (size_t)((const uint8_t *)said->data - via_parcel_data(request)),
                        said->size);
    if (status != VIA_OK)
        log_warn("portfolio.message", "refused=\"%s\" at=%zu", fault.words, fault.at);
    return status;
}

/* Numbers alone give no right, so they are not looked at. */
static Item reply_port_of(struct via_call *call)
{
    struct via_proxy *proxy =
        via_parcel_ref_at(via_call_request(call), PORTFOLIO_MESSAGE_REPLY_PORT_AT, NULL);
    return proxy != NULL ? foreign_item_of(proxy) : 0;
}

static uint8 flags_of(enum portfolio_kind kind)
{
    switch (kind) {
    case PORTFOLIO_SMALL:
        return MESSAGE_SMALL;
    case PORTFOLIO_BUFFERED:
        return MESSAGE_PASS_BY_VALUE;
    case PORTFOLIO_STANDARD:
    case PORTFOLIO_PROVIDER: /* is not decoded as a message */
        break;
    }
    return 0;
}

/* Where programs find the data. False: there is no memory. */
static bool put_data(struct message *message, const struct portfolio_message *said)
{
    Message *public = message_public(message);
    public->msg_DataSize = (int32)said->size;
    public->msg_DataPtrSize = said->capacity;
    if (said->kind == PORTFOLIO_SMALL) {
        public->msg_DataPtr = (void *)(uintptr_t)said->words[0];
        public->msg_DataSize = (int32)said->words[1];
        return true;
    }
    size_t room = said->capacity > said->size ? said->capacity : said->size;
    public->msg_DataPtr = room > 0 ? (void *)(uintptr_t)said->data : NULL;
    bool is_as_it_came = room == said->size && (uintptr_t)said->data % ALIGNMENT == 0;
    if (room == 0 || is_as_it_came)
        return true;
    message->data = calloc(1, room);
    if (message->data == NULL)
        return false;
    memcpy(message->data, said->data, said->size);
    public->msg_DataPtr = message->data;
    message->size = room;
    return true;
}

static struct message *create(struct via_call *call, const struct portfolio_message *said)
{
    struct message *message = (struct message *)item_create(&message_kind, sizeof(Message));
    if (message == NULL)
        return NULL;
    Message *public = message_public(message);
    public->msg.n_Priority = said->priority;
    public->msg.n_Flags |= flags_of(said->kind);
    public->msg_Result = (uint32)said->result;
    message->size = 0;
    bool is_whole = put_data(message, said) &&
                    (said->name == NULL || item_set_name(&message->item, said->name) == 0);
    if (!is_whole) {
        item_destroy(&message->item);
        return NULL;
    }
    message->size += via_parcel_size(via_call_request(call));
    public->msg_ReplyPort = reply_port_of(call);
    return message;
}

static enum via_status enter(struct message *message, struct via_call *call, Item number)
{
    struct port *port = port_find(number);
    int32 process = via_call_caller(call)->process;
    if (port == NULL)
        return VIA_DEAD;
    if (!senders_admit(process, message->size))
        return VIA_BUSY;
    if (items_enter(&message->item, NULL) < 0) {
        senders_dismiss(process, message->size);
        return VIA_NO_MEMORY;
    }
    message->call = via_call_keep(call);
    port_put(port, message, MESSAGE_SENT);
    return VIA_OK;
}

/* ---- answers ---- */

static enum via_status pack(const struct portfolio_answer *answer, struct via_parcel **parcelp)
{
    struct via_parcel *parcel;
    uint8_t *place;
    size_t size;
    enum via_status status = portfolio_answer_size(answer, &size);
    if (status == VIA_OK)
        status = via_parcel_create(&parcel);
    if (status != VIA_OK)
        return status;
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    status = via_parcel_extend(parcel, size, VIA_TAG_PAD, 0, &place);
    if (status != VIA_OK) {
        (void)via_parcel_unref(parcel);
        return status;
    }
    portfolio_answer_encode(answer, place);
    *parcelp = parcel;
    return VIA_OK;
}

/* Where it is a broker's, ports go along. */
static enum via_status give_references(const struct via_call *call, struct via_parcel *parcel,
                                       const struct portfolio_answer *answer)
{
    uint32_t flavor = via_call_code(call);
    struct via_proxy *proxy = NULL;
    enum via_status status = VIA_OK;
    if (answer->result > 0 && portfolio_result_is_port(flavor))
        proxy = references_object(answer->result);
    if (proxy != NULL)
        status = via_parcel_add_ref(parcel, PORTFOLIO_ANSWER_RESULT_AT, proxy, 0);
    (void)via_proxy_unref(proxy);
    if (status == VIA_OK && flavor != 0 && answer->kind != PORTFOLIO_SMALL)
        status = references_give(parcel, PORTFOLIO_ANSWER_HEAD_SIZE);
    return status;
}

static enum via_status answer_call(struct via_call *call, const struct portfolio_answer *answer)
{
    struct via_parcel *parcel = NULL;
    enum via_status status = pack(answer, &parcel);
    if (status == VIA_OK)
        status = give_references(call, parcel, answer);
    status = status == VIA_OK ? via_call_reply(call, 0, parcel) : via_call_fail(call, status);
    (void)via_parcel_unref(parcel);
    return status;
}

/* ---- what is for the library itself ---- */

/* A broker says it, to a port that asked for a table. */
static bool tells_of_table(const struct via_call *call, const struct portfolio_message *said)
{
    return via_call_code(call) == EB_MakeTableReply && said->size >= HEADER_SIZE &&
           octets_get_u32(said->data) == EB_MakeTableReply;
}

static void take_table(Item number, struct via_call *call, const struct portfolio_message *said)
{
    const struct portfolio_answer done = {.kind = said->kind};
    items_lock();
    const struct port *port = port_find(number);
    bool has_table = port != NULL && port->has_table;
    if (has_table)
        table_change((const uint8_t *)said->data + HEADER_SIZE, said->size - HEADER_SIZE);
    items_unlock();
    if (has_table)
        (void)answer_call(call, &done);
    else
        (void)via_call_fail(call, VIA_NOT_FOUND);
}

void guest_take(Item port, struct via_call *call)
{
    struct portfolio_message said;
    enum via_status status = read_message(call, &said);
    if (status == VIA_OK && tells_of_table(call, &said)) {
        take_table(port, call, &said);
        return;
    }
    struct message *message = status == VIA_OK ? create(call, &said) : NULL;
    if (status == VIA_OK)
        status = VIA_NO_MEMORY;
    if (message != NULL) {
        items_lock();
        status = enter(message, call, port);
        items_unlock();
    }
    if (status == VIA_OK)
        return;
    if (message != NULL)
        item_destroy(&message->item);
    (void)via_call_fail(call, status);
}

/* ---- its answer ---- */

void guest_split(const struct words *words, uint32_t numbers[2])
{
    numbers[0] = (uint32_t)(uintptr_t)words->data;
    numbers[1] = (uint32_t)words->size;
}

/* Its call is nobody's any more. */
static struct via_call *take_call(struct message *message)
{
    struct via_call *call = message->call;
    message->call = NULL;
    items_lock();
    senders_dismiss(via_call_caller(call)->process, message->size);
    items_unlock();
    return call;
}

Err guest_answer(struct message *message, int32 result, const struct words *words)
{
    struct portfolio_answer answer = {.kind = message_kind_of(message), .result = result};
    if (answer.kind == PORTFOLIO_SMALL) {
        guest_split(words, answer.words);
    } else {
        answer.data = words->data;
        answer.size = (size_t)words->size;
    }
    struct via_call *call = take_call(message);
    bool is_wanted = !via_call_is_cancelled(call);
    enum via_status status = answer_call(call, &answer);
    (void)via_call_unref(call);
    if (!is_wanted)
        return BADITEM;
    return status == VIA_TIMEOUT ? 0 : outcome_error(status); /* 0: its sender has it back */
}

void guest_leave(struct message *message)
{
    (void)via_call_unref(take_call(message));
}

void guest_end(struct message *message)
{
    const struct words nothing = {.size = 0};
    (void)guest_answer(message, BADITEM, &nothing);
}
