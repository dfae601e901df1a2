/*
 * The broker when memory runs out, at each request in turn: every request has one reply, what could
 * not be done says so, and nothing is left behind.
 */
#include <cmocka.h>
#include <string.h>

#include "codecs/octets.h"
#include "gateway/event_broker/broker.h"
#include "gateway/event_broker/broker_error.h"
#include "tests/unit/bridge/scarce_memory.h"

#define PROVIDER 1u
#define PORTS 3u
#define FIRST_PORT 0x40000001u

static struct broker broker;
static unsigned n_asked, n_replied, n_records;
static uint32_t output;
static enum via_status worst;

static void note(int32_t result)
{
    const bool is_short = result == BROKER_ERROR(ER_NoMem) || result == BROKER_ERROR(ER_SoftErr);
    worst = is_short ? VIA_NO_MEMORY : worst;
}

static void reply(void *user, void *handle, const struct broker_answer *answer)
{
    (void)user;
    (void)handle;
    n_replied++;
    note(answer->result);
}

static bool record(void *user, uint32_t port, const uint8_t *octets, size_t size)
{
    (void)user;
    (void)port;
    assert_int_equal(octets_get_u32(octets + size - 4), 0);
    n_records++;
    return true;
}

static bool table(void *user, uint32_t port, const uint8_t *octets, size_t size)
{
    (void)user;
    (void)port;
    assert_int_equal(octets_get_u32(octets), EB_MakeTableReply);
    return size > 4;
}

static bool put(void *user, uint64_t provider, uint8_t pod, bool is_raw, uint32_t id,
                const uint8_t *octets, size_t size)
{
    (void)user;
    (void)octets;
    assert_int_equal(provider, PROVIDER);
    output = id;
    return pod != 0 && !is_raw && size == 3;
}

static void keys_removed(void *user, uint32_t port)
{
    (void)user;
    (void)port;
}

static bool is_given_up(void *user, void *handle)
{
    (void)user;
    (void)handle;
    return false;
}

static void named(void *user)
{
    (void)user;
}

static const struct broker_ops ops = {.is_given_up = is_given_up,
                                      .reply = reply,
                                      .record = record,
                                      .table = table,
                                      .output = put,
                                      .keys_removed = keys_removed,
                                      .named = named};

static void ask(uint32_t port, const uint8_t *data, size_t size)
{
    n_asked++;
    broker_request(&broker, &(struct broker_request){
                                .sender = {.port = port, .may_inject = true, .may_focus = true},
                                .capacity = 4096,
                                .data = data,
                                .size = size,
                            });
}

static void ask_pod(uint32_t port, uint32_t flavor, const char *octets)
{
    uint8_t data[16 + 3] = {0};
    octets_put_u32(data, flavor);
    octets_put_u32(data + 4, 1);
    octets_put_u32(data + 8, 1);
    octets_put_u32(data + 12, 3);
    memcpy(data + 16, octets, 3);
    ask(port, data, sizeof data);
}

static void listen(uint32_t port, uint32_t category)
{
    uint8_t data[sizeof(ConfigurationRequest)] = {0};
    octets_put_u32(data, EB_Configure);
    octets_put_u32(data + 4, category);
    memset(data + 8, 0xff, 64);
    ask(port, data, sizeof data);
}

static void press(uint32_t buttons)
{
    uint8_t data[4];
    octets_put_u32(data, buttons);
    (void)broker_pod_says(&broker, PROVIDER, 1, GENERIC_ControlPad, data, sizeof data);
}

static void name_event(char letter)
{
    uint8_t data[sizeof(RegisterEvent)] = {EB_RegisterEvent};
    data[8] = (uint8_t)letter;
    ask(FIRST_PORT, data, sizeof data);
}

static void make_table(uint32_t port)
{
    static const uint8_t data[] = {EB_MakeTable, 0, 0, 0};
    ask(port, data, sizeof data);
}

static enum via_status play(void)
{
    static const struct pod_offer offer = {
        .type = PODID_3DO_BASIC_CONTROL_PAD, .name = "pad", .provider = PROVIDER};
    n_asked = n_replied = n_records = 0;
    worst = VIA_OK;
    broker_init(&broker, &ops, NULL);
    for (uint32_t i = 0; i < PORTS; i++)
        listen(FIRST_PORT + i, i + 1);
    note(broker_attach(&broker, &offer));
    note(broker_attach(&broker, &offer));
    make_table(FIRST_PORT);
    make_table(FIRST_PORT + PORTS);
    name_event('a');
    name_event('b');
    for (uint32_t i = 0; i < 4; i++) {
        press(i % 2 == 0 ? ControlA : 0);
        broker_field(&broker);
    }
    ask_pod(FIRST_PORT, EB_LockPod, "\0\0");
    ask_pod(FIRST_PORT + 1, EB_LockPod, "\0\0");
    ask_pod(FIRST_PORT, EB_IssuePodCmd, "\4\0\1");
    ask_pod(FIRST_PORT, EB_ReadPodData, "\0\0");
    broker_field(&broker);
    broker_output_done(&broker, PROVIDER, 1, output, 0, (const uint8_t *)"x", 1);
    broker_port_died(&broker, FIRST_PORT);
    ask_pod(FIRST_PORT + 1, EB_IssuePodCmd, "\4\0\1");
    (void)broker_detach(&broker, PROVIDER, 1);
    broker_deinit(&broker);
    assert_int_equal(n_replied, n_asked);
    return worst;
}

static void whatever_memory_is_short_every_request_has_its_reply(void **state)
{
    (void)state;
    assert_true(memory_fail_each(play) > 10);
    assert_true(n_records < 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_memory_is_short_every_request_has_its_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
