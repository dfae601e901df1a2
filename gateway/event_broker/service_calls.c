/*
 * A message is taken by its flavor, by which rules have judged it: that is the code of its call, or
 * the code is 0, as its sender has the broker's port by a number and knows no more of it. Its reply
 * port is the object that came along; a number in its octets names a port that the broker knows
 * already, and gives no right to it.
 */
#include "gateway/event_broker/service_calls.h"

#include <stdlib.h>
#include <string.h>

#include "bridge/log.h"
#include "codecs/octets.h"
#include "codecs/portfolio_flavors.h"
#include "codecs/portfolio_pod.h"
#include "gateway/event_broker/broker_error.h"
#include "gateway/event_broker/wire.h"

/* A message until it is answered. */
struct asked {
    struct via_call *call; /* a count */
    enum portfolio_kind kind;
    uint32_t flavor;
};

/* ---- who asks ---- */

void service_calls_audit(struct service *service, const char *what, const char *why)
{
    const struct via_caller *caller = service->caller;
    struct principal who;
    char address[sizeof who.address];
    (void)snprintf(address, sizeof address, "%s %d", caller->remote ? "another host" : "pid",
                   caller->remote ? caller->process : caller->pid);
    principal_set_remote(&who, caller->identity, address);
    audit_refusal(&service->audit, &who, what, why);
}

void service_calls_limited(void *user, enum limit limit)
{
    struct service *service = user;
    char words[128];
    (void)snprintf(words, sizeof words, "it has as many %s as a client may, %u: --client-%s",
                   limit_name(limit), (unsigned)service->options->limits.most[limit],
                   limit_name(limit));
    service_calls_audit(service, limit_name(limit), words);
}

static bool may(const struct service *service, enum right right)
{
    return (rights_of(&service->options->rights, service->caller) & right) != 0;
}

static uint32_t system_of(struct service *service)
{
    return service->caller->remote ? hosts_number(&service->hosts, service->caller->identity) : 0;
}

/* ---- answers ---- */

static void answer(struct service *service, struct via_call *call, enum portfolio_kind kind,
                   uint32_t flavor, const struct broker_answer *said)
{
    struct via_parcel *parcel = NULL;
    enum via_status status = wire_answer(&service->ports, kind, flavor, said, &parcel);
    status = status == VIA_OK ? via_call_reply(call, 0, parcel) : via_call_fail(call, status);
    (void)via_parcel_unref(parcel);
    if (status != VIA_OK)
        log_debug("event_broker.unanswered", "flavor=%u status=%s", (unsigned)flavor,
                  via_status_name(status));
}

void service_calls_reply(void *user, void *handle, const struct broker_answer *said)
{
    struct service *service = user;
    struct asked *asked = handle;
    struct broker_answer whole = *said;
    char *names = NULL;
    if (said->result == BROKER_ERROR(ER_NotPrivileged) && service->caller != NULL)
        service_calls_audit(service, portfolio_flavor_name(asked->flavor),
                            "it has not the right to it: inject, focus or keys");
    if (asked->flavor == EB_GetListeners && said->size > 0) {
        ports_learn_names(&service->ports, service->node);
        names = wire_names(&service->ports, said->data, said->size, &whole.more_size);
        whole.more = (const uint8_t *)names;
    }
    answer(service, asked->call, asked->kind, asked->flavor, &whole);
    free(names);
    (void)via_call_unref(asked->call);
    free(asked);
}

bool service_calls_is_given_up(void *user, void *handle)
{
    const struct asked *asked = handle;
    (void)user;
    return via_call_is_cancelled(asked->call) || via_call_time_left(asked->call) == 0;
}

/* ---- messages ---- */

/* One that comes back has lost what it had before. VIA_BUSY: the client has as many as it may, or
 * there are too many. */
static enum via_status learn_port(struct service *service, struct via_call *call,
                                  struct via_proxy *proxy, struct port **portp)
{
    const uint64_t client = providers_number(call);
    bool is_successor;
    if (!ports_know(&service->ports, proxy) &&
        ports_count(&service->ports, client) >= service->options->limits.most[LIMIT_PORTS]) {
        service_calls_limited(service, LIMIT_PORTS);
        return VIA_BUSY;
    }
    const enum via_status status =
        ports_learn(&service->ports, proxy, client, portp, &is_successor);
    if (status == VIA_OK && is_successor)
        broker_port_died(&service->broker, (*portp)->number);
    return status;
}

/* Where an object came for the port that is to have the focus, the number is that object's here. */
static enum via_status read_focus(struct service *service, struct via_call *call,
                                  const struct portfolio_message *message)
{
    struct via_parcel *parcel = via_call_request(call);
    struct portfolio_ports walk;
    struct port *port;
    size_t place;
    portfolio_ports_start(&walk, message->data, message->size);
    if (!portfolio_ports_next(&walk, &place))
        return VIA_OK;
    uint8_t *octets = via_parcel_data(parcel);
    const size_t at = (size_t)((const uint8_t *)message->data - octets) + place;
    struct via_proxy *proxy = via_parcel_ref_at(parcel, at, NULL);
    if (proxy == NULL)
        return VIA_OK;
    const enum via_status status = learn_port(service, call, proxy, &port);
    octets_put_u32(octets + at, status == VIA_OK ? port->number : 0);
    return status == VIA_NO_MEMORY ? status : VIA_OK;
}

static enum via_status read_sender(struct service *service, struct via_call *call,
                                   struct broker_sender *sender)
{
    struct via_proxy *proxy =
        via_parcel_ref_at(via_call_request(call), PORTFOLIO_MESSAGE_REPLY_PORT_AT, NULL);
    struct port *port = NULL;
    enum via_status status =
        proxy == NULL ? VIA_NOT_FOUND : learn_port(service, call, proxy, &port);
    const bool is_far = service->caller->remote || (proxy != NULL && via_proxy_is_remote(proxy));
    *sender = (struct broker_sender){
        .client = providers_number(call),
        .port = port == NULL ? 0 : port->number,
        .system = system_of(service),
        .may_inject = may(service, RIGHT_INJECT),
        .may_focus = may(service, RIGHT_FOCUS),
        .may_keys = !is_far || (service->caller->remote && may(service, RIGHT_KEYS)),
    };
    if (port != NULL && !ports_may_ask(port, service->caller)) {
        service_calls_audit(service, "reply port", "it is another client's");
        sender->port = 0;
    }
    return status == VIA_NOT_FOUND || status == VIA_DEAD ? VIA_OK : status;
}

static void tell_dead(void *user, uint32_t number)
{
    broker_port_died(user, number);
}

/* Who asks for these has deleted some port before, maybe, and its notice is under way. */
static bool is_about_others(uint32_t flavor)
{
    return flavor == EB_GetListeners || flavor == EB_GetFocus || flavor == EB_SetFocus ||
           flavor == EB_DescribePods || flavor == EB_LockPod || flavor == EB_UnlockPod ||
           flavor == EB_IssuePodCmd || flavor == EB_WritePodData;
}

static enum via_status take_message(struct service *service, struct via_call *call)
{
    struct via_parcel *parcel = via_call_request(call);
    struct portfolio_message message;
    struct portfolio_fault fault = {.words = "its code is not its flavor", .at = 0};
    struct broker_sender sender;
    enum via_status status = portfolio_message_decode(via_parcel_data(parcel),
                                                      via_parcel_size(parcel), &message, &fault);
    const uint32_t flavor = status == VIA_OK ? portfolio_flavor_of(&message) : 0;
    if (status == VIA_OK &&
        (via_call_is_oneway(call) || (via_call_code(call) != 0 && via_call_code(call) != flavor)))
        status = VIA_BAD_PAYLOAD;
    if (status != VIA_OK) {
        log_warn("event_broker.message", "refused=\"%s\" at=%zu", fault.words, fault.at);
        return status;
    }
    status = read_sender(service, call, &sender);
    if (status == VIA_OK)
        status = read_focus(service, call, &message);
    if (status == VIA_OK && flavor == EB_RegisterEvent) /* its end is that of what it is charged */
        status = providers_keep(&service->providers, call);
    struct asked *asked = status == VIA_OK ? malloc(sizeof *asked) : NULL;
    if (asked == NULL)
        return status == VIA_OK ? VIA_NO_MEMORY : status;
    if (is_about_others(flavor))
        ports_tell_dead(&service->ports, tell_dead, &service->broker);
    *asked = (struct asked){via_call_keep(call), message.kind, flavor};
    broker_request(&service->broker, &(struct broker_request){
                                         .handle = asked,
                                         .sender = sender,
                                         .is_small = message.kind == PORTFOLIO_SMALL,
                                         .capacity = message.capacity,
                                         .data = message.data,
                                         .size = message.size,
                                     });
    return VIA_OK;
}

/* ---- providers of pods ---- */

static enum via_status attach(struct service *service, struct via_call *call, const uint8_t *octets,
                              size_t size, int32_t *resultp)
{
    struct portfolio_pod_attach said;
    enum via_status status = portfolio_pod_get_attach(octets, size, &said, NULL);
    if (status == VIA_OK)
        status = providers_keep(&service->providers, call);
    if (status != VIA_OK)
        return status;
    *resultp = broker_attach(&service->broker, &(struct pod_offer){
                                                   .type = said.type,
                                                   .flags = said.flags,
                                                   .name = said.name == NULL ? "" : said.name,
                                                   .provider = providers_number(call),
                                                   .system = system_of(service),
                                                   .has_raw = (said.flags & POD_OutputActive) != 0,
                                               });
    return VIA_OK;
}

static enum via_status hear_states(struct service *service, struct via_call *call,
                                   const uint8_t *octets, size_t size, int32_t *resultp)
{
    struct portfolio_pod_states said;
    const enum via_status status = portfolio_pod_get_states(octets, size, &said, NULL);
    for (size_t i = 0; status == VIA_OK && i < said.n && *resultp >= 0; i++)
        *resultp = broker_pod_says(&service->broker, providers_number(call), (int32_t)said.number,
                                   said.states[i].class, said.states[i].data,
                                   portfolio_class_of(said.states[i].class)->data->size);
    return status;
}

static enum via_status detach(struct service *service, struct via_call *call, const uint8_t *octets,
                              size_t size, int32_t *resultp)
{
    uint32_t number;
    const enum via_status status = portfolio_pod_get_number(octets, size, &number, NULL);
    if (status == VIA_OK)
        *resultp = broker_detach(&service->broker, providers_number(call),
                                 number > INT32_MAX ? 0 : (int32_t)number);
    return status;
}

static enum via_status hear_done(struct service *service, struct via_call *call,
                                 const uint8_t *octets, size_t size, int32_t *resultp)
{
    struct portfolio_pod_done said;
    const enum via_status status = portfolio_pod_get_done(octets, size, &said, NULL);
    *resultp = 0;
    if (status == VIA_OK)
        broker_output_done(&service->broker, providers_number(call), (int32_t)said.number, said.id,
                           said.result, said.octets, said.size);
    return status;
}

static enum via_status step(struct service *service, struct via_call *call, const uint8_t *octets,
                            size_t size, int32_t *resultp)
{
    uint32_t n;
    (void)call;
    const enum via_status status = portfolio_pod_get_number(octets, size, &n, NULL);
    if (status != VIA_OK)
        return status;
    if (!service->options->steps)
        *resultp = BROKER_ERROR(ER_NotSupported);
    else if (n > SERVICE_STEPS_MAX)
        *resultp = BROKER_ERROR(ER_ParamError);
    for (uint32_t i = 0; *resultp == 0 && i < n; i++)
        broker_field(&service->broker);
    return VIA_OK;
}

static enum via_status settle(struct service *service, struct via_call *call)
{
    struct via_parcel *parcel = via_call_request(call);
    uint32_t unanswered;
    const enum via_status status = portfolio_pod_get_number(
        via_parcel_data(parcel), via_parcel_size(parcel), &unanswered, NULL);
    return status == VIA_OK ? settlings_add(&service->settlings, call, unanswered) : status;
}

void service_calls_settle(struct service *service)
{
    struct via_call *call;
    while ((call = settlings_take(&service->settlings, &service->broker.listeners)) != NULL) {
        answer(service, call, PORTFOLIO_PROVIDER, PORTFOLIO_SETTLE,
               &(struct broker_answer){.result = 0});
        (void)via_call_unref(call);
    }
}

static enum via_status tell_name(struct service *service, struct via_call *call)
{
    struct via_parcel *parcel = via_call_request(call);
    struct broker_answer said = {.result = BROKER_ERROR(ER_BadItem)};
    uint32_t number;
    const enum via_status status =
        portfolio_pod_get_number(via_parcel_data(parcel), via_parcel_size(parcel), &number, NULL);
    if (status != VIA_OK)
        return status;
    const char *name = host_events_name(&service->host_events, number);
    if (name != NULL)
        said = (struct broker_answer){.data = (const uint8_t *)name, .size = strlen(name) + 1};
    answer(service, call, PORTFOLIO_PROVIDER, PORTFOLIO_ITEM_NAME, &said);
    return VIA_OK;
}

static enum via_status take_provider(struct service *service, struct via_call *call)
{
    static enum via_status (*const verbs[])(struct service *, struct via_call *, const uint8_t *,
                                            size_t, int32_t *) = {
        [0] = attach,
        [PORTFOLIO_POD_STATE - PORTFOLIO_POD_ATTACH] = hear_states,
        [PORTFOLIO_POD_DETACH - PORTFOLIO_POD_ATTACH] = detach,
        [PORTFOLIO_POD_DONE - PORTFOLIO_POD_ATTACH] = hear_done,
        [PORTFOLIO_STEP - PORTFOLIO_POD_ATTACH] = step,
    };
    struct via_parcel *parcel = via_call_request(call);
    const uint32_t verb = via_call_code(call) - PORTFOLIO_POD_ATTACH;
    int32_t result = 0;
    if (via_call_code(call) == PORTFOLIO_ITEM_NAME)
        return tell_name(service, call);
    if (via_call_code(call) == PORTFOLIO_SETTLE && may(service, RIGHT_INJECT))
        return settle(service, call);
    if (via_call_code(call) != PORTFOLIO_SETTLE &&
        (verb >= sizeof verbs / sizeof *verbs || verbs[verb] == NULL))
        return VIA_UNSUPPORTED;
    if (may(service, RIGHT_INJECT)) {
        const enum via_status status =
            verbs[verb](service, call, via_parcel_data(parcel), via_parcel_size(parcel), &result);
        if (status != VIA_OK)
            return status;
    } else {
        service_calls_audit(service, "pod", "it has no right inject");
        result = BROKER_ERROR(ER_NotPrivileged);
    }
    answer(service, call, PORTFOLIO_PROVIDER, via_call_code(call),
           &(struct broker_answer){.result = result});
    return VIA_OK;
}

void service_calls_take(struct service *service, struct via_call *call)
{
    struct via_parcel *parcel = via_call_request(call);
    enum via_status status = VIA_BAD_PAYLOAD;
    service->caller = via_call_caller(call);
    if (via_parcel_layout(parcel) == VIA_LAYOUT_EVENT_BROKER)
        status = portfolio_pod_is(via_parcel_data(parcel), via_parcel_size(parcel))
                     ? take_provider(service, call)
                     : take_message(service, call);
    if (status != VIA_OK)
        (void)via_call_fail(call, status);
    service->caller = NULL;
}
