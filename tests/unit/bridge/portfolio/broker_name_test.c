/*
 * The broker's name, alone or with a host's before it, and where the environment leads.
 */
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/portfolio/broker_name.h"
#include "include/portfolio/event.h"

static void it_is_the_system_s(void **state)
{
    (void)state;
    assert_string_equal(BROKER_NAME, EventPortName);
}

static void only_brokers_are_brokers(void **state)
{
    (void)state;
    static const char *const brokers[] = {"eventbroker", "EventBroker", "host/eventbroker",
                                          "a/b/EVENTBROKER"};
    static const char *const others[] = {"eventbroke", "eventbrokers", "eventbroker/", "",
                                         "/",          "eventbroker/x"};
    bool is_broker;
    for (size_t i = 0; i < sizeof brokers / sizeof *brokers; i++) {
        assert_string_equal(broker_name_asked_for(brokers[i], &is_broker), brokers[i]);
        assert_true(is_broker);
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_string_equal(broker_name_asked_for(others[i], &is_broker), others[i]);
        assert_false(is_broker);
    }
}

static void the_bare_name_leads_where_the_environment_says(void **state)
{
    (void)state;
    bool is_broker;
    assert_int_equal(setenv("VIADUCT_EVENTBROKER", "attic/pads", 1), 0);
    assert_string_equal(broker_name_asked_for("EVENTbroker", &is_broker), "attic/pads");
    assert_true(is_broker);
    assert_string_equal(broker_name_asked_for("cellar/eventbroker", &is_broker),
                        "cellar/eventbroker");
    assert_string_equal(broker_name_asked_for("pads", &is_broker), "pads");
    assert_false(is_broker);
    assert_int_equal(setenv("VIADUCT_EVENTBROKER", "", 1), 0); /* is no name */
    assert_string_equal(broker_name_asked_for("eventbroker", &is_broker), "eventbroker");
    assert_int_equal(unsetenv("VIADUCT_EVENTBROKER"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_the_system_s),
        cmocka_unit_test(only_brokers_are_brokers),
        cmocka_unit_test(the_bare_name_leads_where_the_environment_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
