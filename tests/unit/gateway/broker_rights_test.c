/*
 * Rights of who speaks JSON with an event broker: for each thing that needs one, who has it may,
 * and who has all others may not.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/octets.h"
#include "codecs/portfolio_message.h"
#include "codecs/portfolio_pod.h"
#include "gateway/broker_rights.h"
#include "include/portfolio/event.h"
#include "tests/unit/gateway/fake_world.h"

static struct gateway gateway;
static struct fake_session *page, *server;
static struct gateway_object *broker, *port;
static const char *missing;

static void publish(struct gateway_object *object, const char *name, const char *class_name)
{
    const struct directory_spec spec = {.family = "portfolio",
                                        .name = name,
                                        .class_name = class_name,
                                        .protocol = "",
                                        .info = "",
                                        .mode = 0666};
    assert_int_equal(
        directory_publish(&gateway.directory, &spec, object, &server->session.principal), VIA_OK);
}

static int init(void **state)
{
    (void)state;
    fake_world_init(&gateway);
    page = fake_session_create(&gateway);
    principal_set_remote(&page->session.principal, "tablet", "192.0.2.1:1");
    server = fake_session_create(&gateway);
    broker = fake_object(server, 1);
    port = fake_object(server, 2);
    publish(broker, "eventbroker", "event-broker");
    publish(port, "someone", "portfolio-port");
    return 0;
}

static void forget_rules(void)
{
    for (unsigned i = 0; i < gateway.config.n_broker_rules; i++)
        broker_rule_deinit(&gateway.config.broker_rules[i]);
    gateway.config.n_broker_rules = 0;
}

static int deinit(void **state)
{
    (void)state;
    objects_died(broker, VIA_EXITED);
    objects_unref(broker);
    objects_died(port, VIA_EXITED);
    objects_unref(port);
    fake_session_end(page, VIA_EXITED, NULL, 0);
    fake_session_end(server, VIA_EXITED, NULL, 0);
    forget_rules();
    free(gateway.config.broker_rules);
    gateway.config.broker_rules = NULL;
    fake_world_deinit(&gateway);
    return 0;
}

/* One more, of at most four. */
static void add_rule(const char *text)
{
    char words[256];
    struct config *config = &gateway.config;
    if (config->broker_rules == NULL)
        config->broker_rules = calloc(4, sizeof(struct broker_rule));
    assert_non_null(config->broker_rules);
    assert_in_range(config->n_broker_rules, 0, 3);
    assert_int_equal(
        broker_rule_read(text, &config->broker_rules[config->n_broker_rules], words, sizeof words),
        VIA_OK);
    config->n_broker_rules++;
}

/* The only rule there is. */
static void rule(const char *text)
{
    forget_rules();
    add_rule(text);
}

static enum via_status send_to(struct gateway_object *to, uint32_t code, const void *data,
                               size_t size)
{
    uint8_t octets[PORTFOLIO_MESSAGE_HEAD_MAX + 256];
    const struct portfolio_message message = {.data = data, .size = size};
    size_t whole;
    uint64_t refused = gateway.audit.n_refused;
    missing = "";
    assert_int_equal(portfolio_message_size(&message, &whole), VIA_OK);
    portfolio_message_encode(&message, octets);
    enum via_status status = broker_rights_judge(&page->session, to, code, octets, whole, &missing);
    assert_int_equal(gateway.audit.n_refused - refused, status == VIA_OK ? 0 : 1);
    return status;
}

/* As who knows a broker for one does, and as others do. */
static enum via_status send_twice(const uint8_t *data, size_t size)
{
    enum via_status status = send_to(broker, octets_get_u32(data), data, size);
    assert_int_equal(send_to(broker, 0, data, size), status);
    return status;
}

static enum via_status ask(uint32_t flavor)
{
    uint8_t data[8] = {0};
    octets_put_u32(data, flavor);
    return send_twice(data, sizeof data);
}

static enum via_status configure(uint32_t category, size_t size)
{
    uint8_t data[sizeof(ConfigurationRequest) + 8] = {0};
    octets_put_u32(data, EB_Configure);
    octets_put_u32(data + offsetof(ConfigurationRequest, cr_Category), category);
    return send_twice(data, size);
}

/* ---- tests ---- */

static void what_only_looks_needs_no_right(void **state)
{
    static const uint32_t flavors[] = {EB_NoOp,          EB_GetListeners, EB_GetFocus,
                                       EB_DescribePods,  EB_ReadPodData,  EB_UnlockPod,
                                       EB_RegisterEvent, EB_MakeTable};
    (void)state;
    for (size_t i = 0; i < sizeof flavors / sizeof *flavors; i++)
        assert_int_equal(ask(flavors[i]), VIA_OK);
    assert_int_equal(configure(LC_Observer, sizeof(ConfigurationRequest)), VIA_OK);
    assert_int_equal(configure(LC_NoSeeUm, sizeof(ConfigurationRequest)), VIA_OK);
}

static void what_changes_something_needs_its_own(void **state)
{
    static const uint32_t flavors[] = {EB_SetFocus, EB_SendEvent, EB_IssuePodCmd, EB_WritePodData,
                                       EB_LockPod};
    static const char *const rights[] = {"EB_SetFocus",     "EB_SendEvent", "EB_IssuePodCmd",
                                         "EB_WritePodData", "EB_LockPod",   "focus"};
    (void)state;
    for (size_t i = 0; i < sizeof flavors / sizeof *flavors; i++) {
        for (size_t j = 0; j < sizeof rights / sizeof *rights; j++) {
            char text[64];
            (void)snprintf(text, sizeof text, "tab*: %s", rights[j]);
            rule(text);
            assert_int_equal(ask(flavors[i]), i == j ? VIA_OK : VIA_DENIED);
            assert_string_equal(missing, i == j ? "" : rights[i]);
        }
        rule("tablet: all");
        assert_int_equal(ask(flavors[i]), VIA_OK);
        rule("phone: all");
        assert_int_equal(ask(flavors[i]), VIA_DENIED);
        forget_rules();
        assert_int_equal(ask(flavors[i]), VIA_DENIED);
    }
}

static void to_listen_with_the_focus_needs_focus(void **state)
{
    static const uint32_t categories[] = {LC_FocusListener, LC_FocusUI, 4, 0xffffffff};
    (void)state;
    for (size_t i = 0; i < sizeof categories / sizeof *categories; i++) {
        rule("tablet: EB_SetFocus, EB_SendEvent");
        assert_int_equal(configure(categories[i], sizeof(ConfigurationRequest)), VIA_DENIED);
        assert_string_equal(missing, "focus");
        assert_int_equal(configure(categories[i], sizeof(ConfigurationRequest) + 8), VIA_DENIED);
        rule("tablet: focus");
        assert_int_equal(configure(categories[i], sizeof(ConfigurationRequest)), VIA_OK);
    }
    forget_rules();
    assert_int_equal(configure(LC_FocusListener, sizeof(ConfigurationRequest) - 1), VIA_OK);
}

static void all_rules_that_name_it_count(void **state)
{
    (void)state;
    add_rule("*: EB_LockPod");
    add_rule("tablet: EB_SetFocus");
    add_rule("t?: EB_SendEvent");
    assert_int_equal(ask(EB_LockPod), VIA_OK);
    assert_int_equal(ask(EB_SetFocus), VIA_OK);
    assert_int_equal(ask(EB_SendEvent), VIA_DENIED);
}

static void a_port_that_is_no_broker_is_sent_anything(void **state)
{
    static const uint8_t data[8] = {EB_SetFocus};
    (void)state;
    assert_int_equal(send_to(port, EB_SetFocus, data, sizeof data), VIA_OK);
    assert_int_equal(send_to(broker, EB_SetFocus, data, sizeof data), VIA_DENIED);
}

/* Whether it may be a pod the broker judges, of all on other hosts. */
static void a_pod_needs_no_right_here(void **state)
{
    static const struct portfolio_pod_attach attach = {.type = 0x80, .name = "pad"};
    uint8_t octets[PORTFOLIO_POD_PAYLOAD_MAX];
    (void)state;
    assert_int_equal(broker_rights_judge(&page->session, broker, PORTFOLIO_POD_ATTACH, octets,
                                         portfolio_pod_put_attach(&attach, octets), &missing),
                     VIA_OK);
}

static void a_rule_says_who_and_what(void **state)
{
    static const char *const bad[] = {"",
                                      "tablet",
                                      ": all",
                                      "tablet: everything",
                                      "tablet: FOCUS",
                                      "tablet: focus;all",
                                      "tablet: EB_GetFocus"};
    struct broker_rule read;
    char words[256];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        words[0] = '\0';
        assert_int_equal(broker_rule_read(bad[i], &read, words, sizeof words), VIA_INVALID);
        assert_string_not_equal(words, "");
    }
    assert_int_equal(broker_rule_read("urn:a:b: focus,EB_LockPod", &read, words, sizeof words),
                     VIA_OK);
    assert_string_equal(read.identity, "urn:a:b");
    assert_string_equal(read.said, "urn:a:b: focus,EB_LockPod");
    assert_int_equal(read.rights, BROKER_FOCUS | BROKER_LOCK);
    broker_rule_deinit(&read);
    assert_int_equal(broker_rule_read("*:", &read, words, sizeof words), VIA_OK);
    assert_int_equal(read.rights, 0);
    broker_rule_deinit(&read);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_only_looks_needs_no_right, init, deinit),
        cmocka_unit_test_setup_teardown(what_changes_something_needs_its_own, init, deinit),
        cmocka_unit_test_setup_teardown(to_listen_with_the_focus_needs_focus, init, deinit),
        cmocka_unit_test_setup_teardown(all_rules_that_name_it_count, init, deinit),
        cmocka_unit_test_setup_teardown(a_port_that_is_no_broker_is_sent_anything, init, deinit),
        cmocka_unit_test_setup_teardown(a_pod_needs_no_right_here, init, deinit),
        cmocka_unit_test(a_rule_says_who_and_what),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
