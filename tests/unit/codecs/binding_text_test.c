/*
 * Bindings as they are written: what is taken, what is complained about, and where.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "codecs/binding_text.h"

struct taken {
    struct binding_end client, server;
};

/* All of @text into @taken; the status that ended it. */
static enum via_status read_all(const char *text, struct taken taken[4], size_t *np,
                                struct binding_fault *fault)
{
    struct binding_text reader;
    enum via_status status = VIA_OK;
    binding_text_start(&reader, text, strlen(text), fault);
    for (*np = 0; *np < 4; ++*np) {
        status = binding_text_next(&reader, &taken[*np].client, &taken[*np].server);
        if (status != VIA_OK)
            break;
    }
    return status;
}

static void assert_end(const struct binding_end *end, const char *host, const char *user,
                       const char *interface)
{
    assert_string_equal(end->host, host);
    assert_string_equal(end->user, user);
    assert_string_equal(end->interface, interface);
}

static void a_file_is_sections_of_bindings(void **state)
{
    static const char text[] = "// who means what\n"
                               "bindings:\n"
                               "{\n"
                               "    till.shop.main.clock -> <root>.clock /* the\n"
                               "        only one */\n"
                               "    <joe>.a->hall.b\n"
                               "}\n"
                               "bindings : { <www-data>.x -> h.example/<42>.y.z }";
    (void)state;
    struct taken taken[4];
    struct binding_fault fault;
    size_t n;
    assert_int_equal(read_all(text, taken, &n, &fault), VIA_END);
    assert_int_equal(n, 3);
    assert_end(&taken[0].client, "", "apptill", "shop.main.clock");
    assert_end(&taken[0].server, "", "root", "clock");
    assert_end(&taken[1].client, "", "joe", "a");
    assert_end(&taken[1].server, "", "apphall", "b");
    assert_end(&taken[2].client, "", "www-data", "x");
    assert_end(&taken[2].server, "h.example", "42", "y.z");
    assert_int_equal(taken[1].client.line, 6);
    assert_int_equal(taken[1].client.column, 5);
    assert_int_equal(taken[1].server.column, 14);
}

static void nothing_is_a_file_without_bindings(void **state)
{
    (void)state;
    static const char *const texts[] = {"",     " \n\t",       "// x",
                                        "/**/", "bindings:{}", "bindings:{}bindings:{}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct taken taken[4];
        struct binding_fault fault;
        size_t n;
        assert_int_equal(read_all(texts[i], taken, &n, &fault), VIA_END);
        assert_int_equal(n, 0);
    }
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned line, column;
        const char *words;
    } wrong[] = {
        {"bind: {}", 1, 1, "\"bindings:\" is to stand here"},
        {"bindings {}", 1, 10, "\":\" is missing"},
        {"bindings: <a>.b", 1, 11, "\"{\" is missing"},
        {"bindings: {", 1, 12, "\"}\""},
        {"bindings: {\n <a>.b -> <c>.d", 2, 16, "\"}\""},
        {"bindings: {\n<a>.b <c>.d }", 2, 7, "\"->\" is missing"},
        {"bindings: { <a>.b -> }", 1, 22, "the service is missing"},
        {"bindings: { -> <a>.b }", 1, 13, "a binding is"},
        {"bindings: { <a.b -> <c>.d }", 1, 13, "angle brackets"},
        {"bindings: { <>.b -> <c>.d }", 1, 13, "is missing"},
        {"bindings: { .b -> <c>.d }", 1, 13, "is missing"},
        {"bindings: { *.b -> <c>.d }", 1, 13, "say which"},
        {"bindings: { a -> <c>.d }", 1, 14, "\".INTERFACE\" is missing"},
        {"bindings: { a. -> <c>.d }", 1, 14, "the interface is missing"},
        {"bindings: { a.b<c -> <c>.d }", 1, 16, "cannot stand in an interface"},
        {"bindings: { h/a.b -> <c>.d }", 1, 13, "only the right side"},
        {"bindings: { a.b -> /<c>.d }", 1, 20, "this is no host"},
        {"bindings: { a.b -> h/g/<c>.d }", 1, 23, "is missing"},
        {"bindings: { a.b -> \xff.d }", 1, 20, "not UTF-8"},
        {"bindings: { a.b -> /* <c>.d }", 1, 20, "this comment does not end"},
        {"bindings: {} x", 1, 14, "\"bindings:\" is to stand here"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct taken taken[4];
        struct binding_fault fault;
        size_t n;
        assert_int_equal(read_all(wrong[i].text, taken, &n, &fault), VIA_INVALID);
        if (strstr(fault.text, wrong[i].words) == NULL || fault.line != wrong[i].line ||
            fault.column != wrong[i].column)
            fail_msg("%s: %u:%u: %s", wrong[i].text, fault.line, fault.column, fault.text);
    }
}

static void a_file_that_is_cut_anywhere_is_no_file(void **state)
{
    (void)state;
    static const char text[] = "bindings: { <a>.b -> c.d }";
    for (size_t size = 1; size + 1 < sizeof text; size++) {
        struct binding_text reader;
        struct binding_fault fault;
        struct taken taken;
        enum via_status status = VIA_OK;
        binding_text_start(&reader, text, size, &fault);
        while (status == VIA_OK)
            status = binding_text_next(&reader, &taken.client, &taken.server);
        assert_int_equal(status, VIA_INVALID);
    }
}

static void names_have_their_length(void **state)
{
    (void)state;
    static const struct {
        const char *before;
        size_t most;
        const char *after;
    } parts[] = {{"<", BINDING_USER_MAX, ">.i"},
                 {"", BINDING_APP_MAX, ".i"},
                 {"<u>.", BINDING_INTERFACE_MAX, ""},
                 {"", BINDING_HOST_MAX, "/<u>.i"}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (size_t more = 0; more < 2; more++) {
            char text[400];
            struct binding_end end;
            struct binding_fault fault;
            (void)snprintf(text, sizeof text, "%s%0*d%s", parts[i].before,
                           (int)(parts[i].most + more), 7, parts[i].after);
            assert_int_equal(binding_text_end(text, true, &end, &fault),
                             more == 0 ? VIA_OK : VIA_INVALID);
        }
    }
}

static void an_end_is_written_as_it_is_read(void **state)
{
    (void)state;
    static const char *const ends[] = {"<root>.a.b", "till.shop.clock", "<0>.x"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[BINDING_END_SIZE];
        struct binding_end end;
        struct binding_fault fault;
        assert_int_equal(binding_text_end(ends[i], false, &end, &fault), VIA_OK);
        binding_text_write(end.user, end.interface, text, sizeof text);
        assert_string_equal(text, ends[i]);
    }
    assert_string_equal(binding_text_app("apptill"), "till");
    assert_null(binding_text_app("app"));
    assert_null(binding_text_app("root"));
    assert_null(binding_text_app("app.x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_sections_of_bindings),
        cmocka_unit_test(nothing_is_a_file_without_bindings),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(a_file_that_is_cut_anywhere_is_no_file),
        cmocka_unit_test(names_have_their_length),
        cmocka_unit_test(an_end_is_written_as_it_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
