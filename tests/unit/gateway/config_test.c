/*
 * The configuration: what a file may say, what it may not, and the words for that.
 */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config.h"

static struct config config;
static struct config_fault fault;

static int init(void **state)
{
    (void)state;
    assert_int_equal(config_init(&config), VIA_OK);
    return 0;
}

static int deinit(void **state)
{
    (void)state;
    config_deinit(&config);
    return 0;
}

static enum via_status parse(const char *text)
{
    fault.text[0] = '\0';
    return config_parse(&config, "file", text, strlen(text), &fault);
}

static void every_limit_has_a_default_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_n_limits; i++) {
        const struct config_limit *limit = &config_limit_table[i];
        assert_true(limit->least <= limit->value && limit->value <= limit->most);
        assert_true(strlen(limit->text) > 0);
        uint64_t value;
        memcpy(&value, (const char *)&config.limits + limit->offset, sizeof value);
        assert_int_equal(value, limit->value);
    }
    /* One of them has three. */
    assert_int_equal(sizeof config.limits, (config_n_limits + 2) * sizeof(uint64_t));
}

static void a_file_says_what_it_wants(void **state)
{
    (void)state;
    assert_int_equal(parse("{\"name\": \"gw\", \"socket\": \"/s\", \"socket_mode\": \"0666\",\n"
                           "\"listen\": [\"127.0.0.1:7443\", \"[::1]:0\"], \"cert\": \"c\",\n"
                           "\"key\": \"k\", \"client_ca\": \"a\", \"crl\": \"r\",\n"
                           "\"origins\": [\"https://a.example\"], \"audit\": \"\\u0061udit\",\n"
                           "\"bindings_file\": \"b\", \"bindings_default\": false,\n"
                           "\"log\": \"debug\", \"limits\": {\"max_names\": 5},\n"
                           "\"spawn\": {\"helper\": \"h\", \"libraries\": [\"l.so\"]}}"),
                     VIA_OK);
    assert_string_equal(config.name, "gw");
    assert_string_equal(config.socket, "/s");
    assert_int_equal(config.socket_mode, 0666);
    assert_int_equal(config.n_listen, 2);
    assert_string_equal(config.listen[0].host, "127.0.0.1");
    assert_int_equal(config.listen[0].port, 7443);
    assert_string_equal(config.listen[1].host, "::1");
    assert_string_equal(config.origins[0], "https://a.example");
    assert_string_equal(config.audit, "audit");
    assert_int_equal(config.log, LOG_DEBUG);
    assert_int_equal(config.limits.max_names, 5);
    assert_string_equal(config.libraries[0], "l.so");
    assert_string_equal(config.bindings_file, "b");
    assert_false(config.bindings_default);
    assert_int_equal(config_check(&config, &fault), VIA_OK);
}

static void handshakes_are_three_numbers_or_one(void **state)
{
    (void)state;
    const uint64_t *values = config.limits.max_handshakes;
    assert_int_equal(parse("{\"limits\": {\"max_handshakes\": \"5:6:7\"}}"), VIA_OK);
    assert_int_equal(values[0], 5);
    assert_int_equal(values[1], 6);
    assert_int_equal(values[2], 7);
    assert_int_equal(parse("{\"limits\": {\"max_handshakes\": 9}}"), VIA_OK);
    assert_int_equal(values[0], 9);
    assert_int_equal(values[1], 100);
    assert_int_equal(values[2], 9);
}

static void a_fault_names_place_key_and_what_is_right(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } bad[] = {
        {"", "file:1:1: "},
        {"[]", "must be an object"},
        {"{\"socket\": \"/s\",\n  \"sokcet\": 1}", "file:2:"},
        {"{\"sokcet\": 1}", "sokcet: no such key; did you mean socket?"},
        {"{\"frobnicate\": 1}", "--print-config"},
        {"{\"limits\": {\"max_name\": 1}}", "did you mean max_names?"},
        {"{\"limits\": {\"max_names\": 0}}", "a whole number from 1 to 10000000"},
        {"{\"limits\": {\"max_names\": 1.5}}", "a whole number"},
        {"{\"limits\": {\"max_names\": \"5\"}}", "a whole number"},
        {"{\"limits\": {\"max_names\": 99999999999999999999}}", "a whole number"},
        {"{\"limits\": {\"max_handshakes\": 0}}", "must be \"start:rate:full\""},
        {"{\"limits\": {\"max_handshakes\": \"64:30\"}}", "must be \"start:rate:full\""},
        {"{\"limits\": {\"max_handshakes\": \"64:0:99\"}}", "a rate from 1 to 100"},
        {"{\"limits\": {\"max_handshakes\": \"64:101:99\"}}", "a rate from 1 to 100"},
        {"{\"limits\": {\"max_handshakes\": \"64:30:63\"}}", "must be \"start:rate:full\""},
        {"{\"limits\": {\"max_handshakes\": \"64:30:99:1\"}}", "must be \"start:rate:full\""},
        {"{\"limits\": {\"max_handshakes\": \":30:99\"}}", "must be \"start:rate:full\""},
        {"{\"limits\": 5}", "limits: must be an object"},
        {"{\"socket\": 5}", "socket: must be a string"},
        {"{\"socket\": \"\"}", "socket: is empty"},
        {"{\"socket\": \"a\\u0000b\"}", "NUL"},
        {"{\"socket_mode\": \"rw\"}", "octal"},
        {"{\"socket_mode\": \"7777\"}", "octal"},
        {"{\"broker_rights\": [\"tablet\"]}", "broker_rights: \"tablet\" is no rule"},
        {"{\"broker_rights\": [\"tablet: keys\"]}", "broker_rights: \"keys\" is no right"},
        {"{\"bindings_default\": 1}", "bindings_default: must be true or false"},
        {"{\"bindings_default\": tru}", "file:1:"},
        {"{\"log\": \"loud\"}", "error, warn, info and debug"},
        {"{\"listen\": \"a:1\"}", "an array of strings"},
        {"{\"listen\": [\"a\"]}", "HOST:PORT"},
        {"{\"listen\": [\"::1:7443\"]}", "[::]:7443"},
        {"{\"listen\": [\"a:70000\"]}", "HOST:PORT"},
        {"{\"listen\": [\":1\"]}", "HOST:PORT"},
        {"{\"listen\": [1]}", "listen: must be a string"},
        {"{\"origins\": [\"a.example\"]}", "https://host:7443"},
        {"{\"origins\": [\"https://a.example/\"]}", "without a path"},
        {"{\"spawn\": {\"libraries\": [\"../x.so\"]}}", "no name of a library"},
        {"{\"spawn\": {\"helpr\": \"x\"}}", "did you mean spawn.helper?"},
        {"{\"name\": \"a\"", "file:1:"},
        {"{\"name\": \"a\"} x", "file:1:"},
        {"{\"name\": \"\xff\"}", "file:1:"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(bad[i].text), VIA_INVALID);
        if (strstr(fault.text, bad[i].words) == NULL || strncmp(fault.text, "file:", 5) != 0)
            fail_msg("%s: \"%s\"", bad[i].text, fault.text);
    }
}

static void a_file_cut_anywhere_is_refused_with_its_place(void **state)
{
    (void)state;
    static const char text[] = "{\"socket\": \"/s\", \"listen\": [\"a:1\"], \"origins\": "
                               "[\"https://b\"], \"limits\": {\"max_names\": 5}, "
                               "\"spawn\": {\"libraries\": [\"l\"]}}";
    for (size_t cut = 0; cut < sizeof text - 1; cut++) {
        fault.text[0] = '\0';
        assert_int_equal(config_parse(&config, "file", text, cut, &fault), VIA_INVALID);
        assert_int_equal(strncmp(fault.text, "file:1:", 7), 0);
    }
}

static void too_many_addresses_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CONFIG_LISTENS_MAX; i++)
        assert_int_equal(config_add_listen(&config, "a:1", &fault), VIA_OK);
    assert_int_equal(config_add_listen(&config, "a:1", &fault), VIA_INVALID);
}

static void what_does_not_go_together_is_told(void **state)
{
    (void)state;
    assert_int_equal(config_add_listen(&config, "127.0.0.1:0", &fault), VIA_OK);
    assert_int_equal(config_check(&config, &fault), VIA_INVALID);
    assert_non_null(strstr(fault.text, "--cert"));
    assert_int_equal(config_set(&config.cert, "c"), VIA_OK);
    assert_int_equal(config_set(&config.key, "k"), VIA_OK);
    assert_int_equal(config_check(&config, &fault), VIA_INVALID);
    assert_non_null(strstr(fault.text, "--client-ca"));
    assert_int_equal(config_set(&config.client_ca, "a"), VIA_OK);
    assert_int_equal(config_check(&config, &fault), VIA_OK);
    assert_int_equal(parse("{\"spawn\": {\"libraries\": [\"l.so\"]}}"), VIA_OK);
    assert_int_equal(config_check(&config, &fault), VIA_INVALID);
    assert_non_null(strstr(fault.text, "spawn.helper"));
}

static void what_is_printed_is_a_file_that_says_the_same(void **state)
{
    (void)state;
    char *text = NULL, *again = NULL;
    size_t size = 0;
    assert_int_equal(parse("{\"socket\": \"/a \\\"b\\\" \\\\ \\u0001\", \"listen\": [\"[::]:1\"], "
                           "\"origins\": [\"https://x\"], \"limits\": {\"max_names\": 7}, "
                           "\"bindings_file\": \"b\", \"bindings_default\": false, "
                           "\"spawn\": {\"helper\": \"h\", \"libraries\": [\"l\", \"m\"]}}"),
                     VIA_OK);
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    config_print(&config, out);
    assert_int_equal(fclose(out), 0);

    struct config second;
    assert_int_equal(config_init(&second), VIA_OK);
    assert_int_equal(config_parse(&second, "file", text, size, &fault), VIA_OK);
    assert_string_equal(second.socket, config.socket);
    out = open_memstream(&again, &size);
    assert_non_null(out);
    config_print(&second, out);
    assert_int_equal(fclose(out), 0);
    assert_string_equal(again, text);
    config_deinit(&second);
    free(text);
    free(again);
}

static void the_command_line_stands_over_the_file(void **state)
{
    (void)state;
    char path[] = "/tmp/viaduct-config-XXXXXX";
    static const char text[] = "{\"socket\": \"/file\", \"cert\": \"file\", "
                               "\"listen\": [\"a:1\", \"b:2\"]}";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    const char *listen[] = {"c:3", NULL};
    const struct via_gateway_options options = {
        .size = sizeof options, .config = path, .socket = "/line", .listen = listen};
    assert_int_equal(config_apply(&config, &options, &fault), VIA_OK);
    assert_string_equal(config.socket, "/line");
    assert_string_equal(config.cert, "file");
    assert_int_equal(config.n_listen, 1);
    assert_string_equal(config.listen[0].host, "c");
    assert_int_equal(remove(path), 0);
    assert_int_equal(config_apply(&config, &options, &fault), VIA_IO);
    assert_non_null(strstr(fault.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_limit_has_a_default_within_its_bounds, init, deinit),
        cmocka_unit_test_setup_teardown(a_file_says_what_it_wants, init, deinit),
        cmocka_unit_test_setup_teardown(handshakes_are_three_numbers_or_one, init, deinit),
        cmocka_unit_test_setup_teardown(a_fault_names_place_key_and_what_is_right, init, deinit),
        cmocka_unit_test_setup_teardown(a_file_cut_anywhere_is_refused_with_its_place, init,
                                        deinit),
        cmocka_unit_test_setup_teardown(too_many_addresses_are_refused, init, deinit),
        cmocka_unit_test_setup_teardown(what_does_not_go_together_is_told, init, deinit),
        cmocka_unit_test_setup_teardown(what_is_printed_is_a_file_that_says_the_same, init, deinit),
        cmocka_unit_test_setup_teardown(the_command_line_stands_over_the_file, init, deinit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
