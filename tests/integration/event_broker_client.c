/*
 * Payloads are made by the codecs, and read as octets.
 */
#include "tests/integration/event_broker_client.h"

#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "include/portfolio/event.h"

#define FIND_MS 20000u
#define WAIT_MS 20000 /* only a failing test reaches it */

/* ---- life ---- */

static const char *value(const struct settings *settings, size_t i)
{
    return strchr(settings->list[i], '=') + 1;
}

static void make_node(struct client *client, const struct daemon *daemon, bool far)
{
    struct settings settings;
    daemon_settings(daemon, far, &settings);
    struct via_node_options options = {
        .size = sizeof options, .connect_ms = 60000, .gateway = value(&settings, 0)};
    if (far) {
        options.ca = value(&settings, 1);
        options.cert = value(&settings, 2);
        options.key = value(&settings, 3);
    }
    assert_int_equal(via_node_create(&options, &client->node), VIA_OK);
}

void client_find(struct client *client, const char *broker)
{
    client->broker = via_proxy_unref(client->broker);
    assert_int_equal(via_node_find(client->node, "portfolio", broker, FIND_MS, &client->broker),
                     VIA_OK);
}

static void make_port(struct client *client)
{
    static const struct via_stub_ops ops = {.size = sizeof ops};
    assert_int_equal(via_stub_create(client->node, &ops, client, &client->stub), VIA_OK);
    via_stub_set_queue(client->stub, client->queue);
    client->port = via_stub_proxy(client->stub);
    assert_int_equal(via_stub_number(client->stub, 0, &client->number), VIA_OK);
}

void client_open(struct client *client, const struct daemon *daemon, bool far, const char *broker,
                 const char *name)
{
    memset(client, 0, sizeof *client);
    client->outputs = (struct bell)BELL_INIT;
    client->capacity = CLIENT_BUFFER;
    make_node(client, daemon, far);
    assert_int_equal(via_queue_create(client->node, NULL, NULL, &client->queue), VIA_OK);
    make_port(client);
    const struct via_publish_options options = {.size = sizeof options,
                                                .flags =
                                                    VIA_PUBLISH_CASELESS | VIA_PUBLISH_DUPLICATES,
                                                .class_name = "portfolio-port"};
    if (name != NULL)
        assert_int_equal(via_node_publish(client->node, "portfolio", name, client->stub, &options),
                         VIA_OK);
    client_find(client, broker);
}

void client_open_port(struct client *port, const struct client *client)
{
    memset(port, 0, sizeof *port);
    port->node = client->node;
    port->queue = client->queue;
    port->broker = client->broker;
    port->capacity = client->capacity;
    make_port(port);
}

void client_close_port(struct client *port)
{
    client_delete_port(port);
    (void)via_parcel_unref(port->answer);
}

void client_delete_port(struct client *client)
{
    if (client->stub != NULL)
        via_stub_withdraw(client->stub);
    client->port = via_proxy_unref(client->port);
    client->stub = via_stub_unref(client->stub);
}

void client_close(struct client *client)
{
    (void)via_subscription_close(client->subscription);
    (void)via_call_unref(client->record);
    (void)via_parcel_unref(client->answer);
    (void)via_proxy_unref(client->broker);
    (void)via_proxy_unref(client->port);
    (void)via_stub_unref(client->stub);
    via_node_close(client->node);
    (void)via_queue_destroy(client->queue);
    (void)via_node_destroy(client->node);
}

/* ---- payloads ---- */

static struct via_parcel *parcel_of(const uint8_t *octets, size_t size)
{
    struct via_parcel *parcel;
    assert_int_equal(via_parcel_create(&parcel), VIA_OK);
    via_parcel_set_layout(parcel, VIA_LAYOUT_EVENT_BROKER);
    assert_int_equal(via_parcel_append(parcel, octets, size, VIA_TAG_PAD, NULL), VIA_OK);
    return parcel;
}

static struct via_parcel *message_of(const struct client *client, const void *data, size_t size)
{
    uint8_t octets[CLIENT_BUFFER + PORTFOLIO_MESSAGE_HEAD_MAX];
    const struct portfolio_message message = {
        .kind = PORTFOLIO_BUFFERED,
        .capacity = client->capacity,
        .reply_port = client->number,
        .data = data,
        .size = size,
    };
    size_t whole;
    assert_int_equal(portfolio_message_size(&message, &whole), VIA_OK);
    portfolio_message_encode(&message, octets);
    struct via_parcel *parcel = parcel_of(octets, whole);
    if (client->port != NULL)
        assert_int_equal(
            via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, client->port, 0), VIA_OK);
    return parcel;
}

/* Takes @reply. */
static int32_t read_answer(struct client *client, struct via_parcel *reply,
                           enum portfolio_kind kind)
{
    struct portfolio_answer answer;
    assert_int_equal(portfolio_answer_decode(via_parcel_data(reply), via_parcel_size(reply), kind,
                                             client->capacity, &answer, NULL),
                     VIA_OK);
    assert_true(answer.size <= sizeof client->octets);
    (void)octets_append(client->octets, answer.data, answer.size);
    client->size = answer.size;
    client->more = answer.more;
    client->more_size = answer.more_size;
    (void)via_parcel_unref(client->answer);
    client->answer = reply;
    return answer.result;
}

/* Takes @request. */
static int32_t call(struct client *client, uint32_t code, struct via_parcel *request,
                    enum portfolio_kind kind)
{
    struct via_parcel *reply;
    assert_int_equal(via_proxy_call(client->broker, code, request, WAIT_MS, NULL, &reply), VIA_OK);
    (void)via_parcel_unref(request);
    return read_answer(client, reply, kind);
}

/* ---- messages ---- */

int32_t client_ask(struct client *client, const void *data, size_t size)
{
    const uint32_t code = size < 4 ? 0 : octets_get_u32(data);
    return call(client, code, message_of(client, data, size), PORTFOLIO_BUFFERED);
}

int32_t client_ask_header(struct client *client, uint32_t flavor)
{
    uint8_t octets[4];
    octets_put_u32(octets, flavor);
    return client_ask(client, octets, sizeof octets);
}

int32_t client_listen(struct client *client, uint32_t category, uint32_t trigger0,
                      uint32_t trigger2, int32_t queue_max)
{
    uint8_t octets[sizeof(ConfigurationRequest)];
    memset(octets, 0, sizeof octets);
    octets_put_u32(octets, EB_Configure);
    octets_put_u32(octets + 4, category);
    octets_put_u32(octets + 8, trigger0);
    octets_put_u32(octets + 16, trigger2);
    octets_put_u32(octets + 72, (uint32_t)queue_max);
    return client_ask(client, octets, sizeof octets);
}

static size_t put_pod(uint8_t *data, uint32_t flavor, int32_t pod, int32_t wait, const void *octets,
                      size_t size)
{
    assert_true(size <= 256);
    octets_put_u32(data, flavor);
    octets_put_u32(data + 4, (uint32_t)pod);
    octets_put_u32(data + 8, (uint32_t)wait);
    octets_put_u32(data + 12, (uint32_t)size);
    (void)octets_append(data + 16, octets, size);
    return 16 + size;
}

int32_t client_pod(struct client *client, uint32_t flavor, int32_t pod, int32_t wait,
                   const void *octets, size_t size)
{
    uint8_t data[16 + 256];
    const size_t n = put_pod(data, flavor, pod, wait, octets, size);
    return client_ask(client, data, n);
}

void client_pod_later(struct client *client, uint32_t flavor, int32_t pod, int32_t wait,
                      const void *octets, size_t size)
{
    uint8_t data[16 + 256];
    const size_t n = put_pod(data, flavor, pod, wait, octets, size);
    struct via_parcel *request = message_of(client, data, n);
    assert_int_equal(
        via_proxy_call_queued(client->broker, flavor, request, 0, client->queue, client, NULL),
        VIA_OK);
    (void)via_parcel_unref(request);
}

void client_wait_for_lock(struct client *client)
{
    client_pod_later(client, EB_LockPod, 1, 1, NULL, 0);
    assert_int_equal(client_ask_header(client, EB_NoOp), 0);
}

int32_t client_later(struct client *client)
{
    struct via_arrival arrival;
    assert_int_equal(via_queue_take(client->queue, WAIT_MS, &arrival), VIA_OK);
    assert_null(arrival.call);
    assert_int_equal(arrival.status, VIA_OK);
    return read_answer(client, arrival.reply, PORTFOLIO_BUFFERED);
}

enum via_status client_say(struct client *client, uint32_t code, const uint8_t *octets, size_t size)
{
    struct via_parcel *parcel = parcel_of(octets, size);
    if (size >= PORTFOLIO_MESSAGE_REPLY_PORT_AT + 4)
        assert_int_equal(
            via_parcel_add_ref(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, client->port, 0), VIA_OK);
    const enum via_status status =
        via_proxy_call(client->broker, code, parcel, WAIT_MS, NULL, NULL);
    (void)via_parcel_unref(parcel);
    return status;
}

/* ---- records ---- */

void client_take(struct client *client, uint32_t code)
{
    struct via_arrival arrival;
    struct portfolio_message message;
    assert_null(client->record);
    assert_int_equal(via_queue_take(client->queue, WAIT_MS, &arrival), VIA_OK);
    assert_non_null(arrival.call);
    assert_int_equal(via_call_code(arrival.call), code);
    struct via_parcel *parcel = via_call_request(arrival.call);
    assert_int_equal(
        portfolio_message_decode(via_parcel_data(parcel), via_parcel_size(parcel), &message, NULL),
        VIA_OK);
    assert_int_equal(message.kind, PORTFOLIO_BUFFERED);
    assert_int_equal(message.capacity, (message.size + 15) / 16 * 16);
    assert_ptr_equal(via_parcel_ref_at(parcel, PORTFOLIO_MESSAGE_REPLY_PORT_AT, NULL),
                     client->broker);
    (void)octets_append(client->octets, message.data, message.size);
    client->size = message.size;
    client->record = arrival.call;
}

bool client_has_none(struct client *client)
{
    struct via_arrival arrival;
    const enum via_status status = via_queue_take(client->queue, 0, &arrival);
    if (status == VIA_OK)
        (void)via_call_unref(arrival.call);
    return status == VIA_TIMEOUT;
}

void client_reply(struct client *client)
{
    uint8_t octets[PORTFOLIO_ANSWER_HEAD_SIZE];
    const struct portfolio_answer answer = {.kind = PORTFOLIO_BUFFERED};
    struct via_parcel *parcel = parcel_of(octets, portfolio_answer_encode_head(&answer, octets));
    assert_int_equal(via_call_reply(client->record, 0, parcel), VIA_OK);
    (void)via_parcel_unref(parcel);
    client->record = via_call_unref(client->record);
}

/* ---- pods ---- */

static int32_t say(struct client *client, uint32_t code, const uint8_t *octets, size_t size)
{
    assert_true(size > 0);
    return call(client, code, parcel_of(octets, size), PORTFOLIO_PROVIDER);
}

int32_t client_attach(struct client *client, uint32_t type, uint32_t flags, const char *name)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    const struct portfolio_pod_attach attach = {.type = type, .flags = flags, .name = name};
    return say(client, PORTFOLIO_POD_ATTACH, octets, portfolio_pod_put_attach(&attach, octets));
}

int32_t client_press(struct client *client, int32_t pod, uint32_t buttons)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX], data[4];
    octets_put_u32(data, buttons);
    const struct portfolio_pod_states states = {
        .number = (uint32_t)pod,
        .n = 1,
        .states = {{.class = GENERIC_ControlPad, .data = data}},
    };
    return say(client, PORTFOLIO_POD_STATE, octets, portfolio_pod_put_states(&states, octets));
}

int32_t client_detach(struct client *client, int32_t pod)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    return say(client, PORTFOLIO_POD_DETACH, octets,
               portfolio_pod_put_number((uint32_t)pod, octets));
}

int32_t client_done(struct client *client, int32_t pod, uint32_t id, int32_t result,
                    const void *octets, size_t size)
{
    uint8_t payload[PORTFOLIO_POD_PAYLOAD_MAX];
    const struct portfolio_pod_done done = {
        .number = (uint32_t)pod, .id = id, .result = result, .octets = octets, .size = size};
    return say(client, PORTFOLIO_POD_DONE, payload, portfolio_pod_put_done(&done, payload));
}

int32_t client_step(struct client *client, uint32_t n)
{
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    return say(client, PORTFOLIO_STEP, octets, portfolio_pod_put_number(n, octets));
}

static void on_output(void *user, const struct via_event *event)
{
    struct client *client = user;
    struct portfolio_pod_output output;
    if (event->id != PORTFOLIO_POD_OUTPUT)
        return;
    assert_int_equal(portfolio_pod_get_output(via_parcel_data(event->data),
                                              via_parcel_size(event->data), &output, NULL),
                     VIA_OK);
    assert_true(output.size <= sizeof client->output.octets);
    client->output = (struct client_output){
        .pod = output.number, .id = output.id, .kind = output.kind, .size = output.size};
    (void)octets_append(client->output.octets, output.octets, output.size);
    bell_ring(&client->outputs);
}

void client_watch_outputs(struct client *client)
{
    assert_int_equal(
        via_proxy_subscribe(client->broker, NULL, on_output, client, &client->subscription),
        VIA_OK);
}
