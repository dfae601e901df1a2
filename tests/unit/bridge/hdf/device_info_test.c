/*
 * Which hosts and drivers a configuration has, what is left out of it, and what is said about that.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/hdf/device_info.h"
#include "tests/unit/codecs/hcs_texts.h"

/* The template that every device_info of that system begins with. */
#define TEMPLATE                                                                                   \
    "template host { hostName = \"\"; priority = 100; template device { template deviceNode { "    \
    "policy = 0; priority = 100; preload = 0; permission = 0664; moduleName = \"\"; "              \
    "serviceName = \"\"; deviceMatchAttr = \"\"; } } }\n"
#define LIST(hosts) "root { any { match_attr = \"hdf_manager\";\n" hosts "} }"
#define NODE(name, attrs) name " { moduleName = \"m\"; serviceName = \"\"; " attrs " } "
#define ONE(attrs) LIST("h { hostName = \"h\"; priority = 1; d {\n" attrs "\n} }\n")

static char warnings[1024];

static void note(void *user, const struct hcs_place *place, const char *text)
{
    (void)user;
    size_t used = strlen(warnings);
    (void)snprintf(warnings + used, sizeof warnings - used, "%s%u:%u: %s", used > 0 ? "\n" : "",
                   place->line, place->column, text);
}

struct fixture {
    struct hcs_tree *tree;
    struct device_info *info;
};

static struct fixture read_info(const char *text)
{
    struct fixture read = {.tree = hcs_text_load(text)};
    warnings[0] = '\0';
    assert_int_equal(device_info_create(&read.info, read.tree, note, NULL), VIA_OK);
    return read;
}

static void let_go(struct fixture *read)
{
    read->info = device_info_destroy(read->info);
    read->tree = hcs_tree_destroy(read->tree);
}

static void a_configuration_as_it_is_usually_written(void **state)
{
    (void)state;
    struct fixture read = read_info(
        "root { module = \"board\"; device_info { match_attr = \"hdf_manager\";\n" TEMPLATE
        "sample_host :: host { hostName = \"sample_host\"; priority = 50; caps = [\"\"]; uid = "
        "[\"u\"];\n"
        " device_sample :: device { device0 :: deviceNode { policy = 2; permission = 0666; "
        "moduleName = \"sample_driver\"; serviceName = \"sample\"; deviceMatchAttr = \"cfg\"; } } "
        "} } cfg { match_attr = \"cfg\"; } }");
    assert_string_equal(warnings, "");
    assert_int_equal(read.info->n_hosts, 1);
    const struct device_info_host *host = &read.info->hosts[0];
    assert_string_equal(host->name, "sample_host");
    assert_int_equal(host->priority, 50);
    assert_int_equal(host->id, 0);
    assert_int_equal(host->n_nodes, 1);
    const struct device_info_node *node = &host->nodes[0];
    assert_string_equal(node->name, "device0");
    assert_string_equal(node->device, "device_sample");
    assert_string_equal(node->module, "sample_driver");
    assert_string_equal(node->service, "sample");
    assert_string_equal(node->match_attr, "cfg");
    assert_int_equal(node->policy, 2);
    assert_int_equal(node->priority, 100);
    assert_int_equal(node->preload, 0);
    assert_int_equal(node->permission, 0666);
    assert_int_equal(node->id, 1 << 8 | 1);
    assert_int_equal(node->place.line, 4);
    let_go(&read);
}

static void absent_attributes_have_defaults(void **state)
{
    (void)state;
    struct fixture read = read_info(ONE("n { moduleName = \"m\"; serviceName = \"\"; }"));
    const struct device_info_node *node = &read.info->hosts[0].nodes[0];
    assert_string_equal(warnings, "");
    assert_int_equal(node->policy, 0);
    assert_int_equal(node->priority, 100);
    assert_int_equal(node->preload, 0);
    assert_int_equal(node->permission, 0666);
    assert_string_equal(node->service, "");
    assert_null(node->match_attr);
    let_go(&read);
}

struct judgement {
    const char *attrs; /* of one node, on line 3 */
    const char *says;  /* all of it; "": it is taken */
};

static const struct judgement nodes[] = {
    {NODE("n", "policy = 4; priority = 200; preload = 2; permission = 0777;"), ""},
    {NODE("n", "priority = 0; permission = 0; deviceMatchAttr = \"\";"), ""},
    {NODE("n", "permission = 01000;"), ""}, /* publishing fails, not loading */
    {NODE("n", "policy = 5;"), "3:1: 'n' is left out: its policy is 5, above 4"},
    {NODE("n", "priority = 201;"), "3:1: 'n' is left out: its priority is 201, above 200"},
    {NODE("n", "preload = 3;"), "3:1: 'n' is left out: its preload is 3, above 2"},
    {NODE("n", "permission = \"0666\";"), "3:41: 'n' is left out: its permission is no file mode"},
    {NODE("n", "permission = -1;"), "3:41: 'n' is left out: its permission is no file mode"},
    {"n { serviceName = \"\"; }", "3:1: 'n' is left out: it has no moduleName"},
    {"n { serviceName = \"\"; moduleName = \"\"; }", "3:1: 'n' is left out: it has no moduleName"},
    {"n { serviceName = \"\"; moduleName = 5; }", "3:1: 'n' is left out: it has no moduleName"},
    {"n { moduleName = \"m\"; }",
     "3:1: 'n' is left out: it has no serviceName (which may be \"\")"},
};

static void a_node_is_taken_or_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++) {
        char text[512], says[512];
        (void)snprintf(text, sizeof text, ONE("%s"), nodes[i].attrs);
        struct fixture read = read_info(text);
        bool is_taken = nodes[i].says[0] == '\0';
        (void)snprintf(says, sizeof says,
                       "%s\n2:35: the device 'd' is left out: it has no node to load",
                       nodes[i].says);
        assert_string_equal(warnings, is_taken ? "" : says);
        assert_int_equal(read.info->n_hosts, 1);
        assert_int_equal(read.info->hosts[0].n_nodes, is_taken);
        let_go(&read);
    }
}

static void what_cannot_be_read_counts_as_absent(void **state)
{
    (void)state;
    struct fixture read =
        read_info(ONE(NODE("n", "policy = -2; priority = \"7\"; preload = 65536;")));
    assert_string_equal(warnings,
                        "3:41: policy is no number from 0 to 65535: it counts as absent\n"
                        "3:54: priority is no number from 0 to 65535: it counts as absent\n"
                        "3:70: preload is no number from 0 to 65535: it counts as absent");
    const struct device_info_node *node = &read.info->hosts[0].nodes[0];
    assert_int_equal(node->policy, 0);
    assert_int_equal(node->priority, 100);
    assert_int_equal(node->preload, 0);
    let_go(&read);
}

static void a_host_needs_a_name_and_a_priority(void **state)
{
    (void)state;
    struct fixture read = read_info(LIST("a { priority = 1; }\n"
                                         "b { hostName = \"\"; priority = 1; }\n"
                                         "c { hostName = \"c\"; }\n"
                                         "d { hostName = \"d\"; priority = 201; }\n"
                                         "e { hostName = \"e\"; priority = 200; }\n"
                                         "f { hostName = \"f\"; priority = -1; }\n"));
    assert_string_equal(warnings,
                        "2:1: the host 'a' is left out: it has no hostName\n"
                        "3:1: the host 'b' is left out: it has no hostName\n"
                        "4:1: the host 'c' is left out: it has no priority\n"
                        "5:1: 'd' is left out: its priority is 201, above 200\n"
                        "7:21: priority is no number from 0 to 65535: it counts as absent\n"
                        "7:1: the host 'f' is left out: it has no priority");
    assert_int_equal(read.info->n_hosts, 1);
    assert_string_equal(read.info->hosts[0].name, "e");
    assert_int_equal(read.info->hosts[0].id, 0);
    assert_int_equal(read.info->hosts[0].n_nodes, 0);
    let_go(&read);
}

static void lower_priorities_come_first_and_equal_ones_as_in_the_file(void **state)
{
    (void)state;
    struct fixture read = read_info(
        LIST("a { hostName = \"a\"; priority = 100; }"
             "b { hostName = \"b\"; priority = 10; d { x { } " NODE("p", "priority = 9;")
                 NODE("q", "priority = 5;") "} e { x { } } f { " NODE("r", "priority = 9;")
                     NODE("s", "priority = 1;") "} }"
                                                "c { hostName = \"c\"; priority = 100; } d { "
                                                "hostName = \"d\"; priority = 10; }"));
    static const char *const hosts[] = {"b", "d", "a", "c"};
    assert_int_equal(read.info->n_hosts, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(read.info->hosts[i].name, hosts[i]);
    const struct device_info_host *host = &read.info->hosts[0];
    assert_int_equal(host->id, 1);
    assert_int_equal(host->n_nodes, 4);
    static const char *const names[] = {"s", "q", "p", "r"};
    /* what is left out takes no number: e is no device, x no node */
    static const uint32_t ids[] = {1 << 24 | 2 << 8 | 2, 1 << 24 | 1 << 8 | 2, 1 << 24 | 1 << 8 | 1,
                                   1 << 24 | 2 << 8 | 1};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(host->nodes[i].name, names[i]);
        assert_int_equal(host->nodes[i].id, ids[i]);
    }
    assert_string_equal(host->nodes[0].device, "f");
    let_go(&read);
}

static void hosts_and_nodes_have_a_bound(void **state)
{
    (void)state;
    static char text[1 << 16];
    for (unsigned above = 0; above <= 1; above++) {
        size_t used =
            (size_t)snprintf(text, sizeof text, "root { l { match_attr = \"hdf_manager\";\n");
        for (unsigned i = 0; i < DEVICE_INFO_HOSTS_MAX + above; i++)
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "h%u { hostName = \"h%u\"; priority = 1; }\n", i, i);
        (void)snprintf(text + used, sizeof text - used, "} }");
        struct fixture read = read_info(text);
        assert_int_equal(read.info->n_hosts, DEVICE_INFO_HOSTS_MAX);
        assert_int_equal(read.info->hosts[255].id, 255);
        assert_string_equal(warnings, above == 0 ? ""
                                                 : "258:1: 'h256' and what follows it is left out: "
                                                   "there are at most 256 hosts");
        let_go(&read);
        used = (size_t)snprintf(text, sizeof text,
                                "root { l { match_attr = \"hdf_manager\"; h { hostName = \"h\"; "
                                "priority = 1; d {\n");
        for (unsigned i = 0; i < DEVICE_INFO_NODES_MAX + above; i++)
            used += (size_t)snprintf(text + used, sizeof text - used,
                                     "n%u { moduleName = \"m\"; serviceName = \"\"; }\n", i);
        (void)snprintf(text + used, sizeof text - used, "} } } }");
        read = read_info(text);
        assert_int_equal(read.info->hosts[0].n_nodes, DEVICE_INFO_NODES_MAX);
        assert_int_equal(read.info->hosts[0].nodes[127].id, 1 << 8 | 128);
        assert_string_equal(warnings, above == 0 ? ""
                                                 : "130:1: 'n128' and what follows it is left out: "
                                                   "a device has at most 128 nodes");
        let_go(&read);
    }
}

static void the_list_is_found_by_match_attr(void **state)
{
    (void)state;
    struct hcs_tree *tree = hcs_text_load("root { device_info { match_attr = \"other\"; } }");
    struct device_info *info = NULL;
    assert_int_equal(device_info_create(&info, tree, NULL, NULL), VIA_NOT_FOUND);
    assert_null(info);
    hcs_tree_destroy(tree);
    tree = hcs_text_load("root { a { b { match_attr = \"hdf_manager\"; c { } } } }");
    assert_int_equal(device_info_create(&info, tree, NULL, NULL), VIA_OK); /* nobody is told */
    assert_int_equal(info->n_hosts, 0);
    device_info_destroy(info);
    hcs_tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_configuration_as_it_is_usually_written),
        cmocka_unit_test(absent_attributes_have_defaults),
        cmocka_unit_test(a_node_is_taken_or_left_out),
        cmocka_unit_test(what_cannot_be_read_counts_as_absent),
        cmocka_unit_test(a_host_needs_a_name_and_a_priority),
        cmocka_unit_test(lower_priorities_come_first_and_equal_ones_as_in_the_file),
        cmocka_unit_test(hosts_and_nodes_have_a_bound),
        cmocka_unit_test(the_list_is_found_by_match_attr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
