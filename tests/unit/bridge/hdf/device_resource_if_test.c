/*
 * A driver's view of its configuration: each getter with what it reads and what it does not.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/hdf/device_resource.h"
#include "include/hdf/device_resource_if.h"
#include "include/hdf/hcs_tree_if.h"
#include "tests/unit/codecs/hcs_texts.h"

static const char text[] =
    "root {\n"
    "  module = \"sample\";\n"
    "  first { match_attr = \"one\"; to = &root.second.deep; }\n"
    "  second {\n"
    "    match_attr = \"two\";\n"
    "    u0 = 0; u8 = 255; u16 = 256; u16max = 0xffff; u32 = 0x10000; u32max = 4294967295;\n"
    "    u64 = 4294967296; u64max = 0x7fffffffffffffff; minus = -1;\n"
    "    yes = true; no = false;\n"
    "    s = \"text\"; empty = \"\"; match = 7;\n"
    "    bytes = [1, 2, 255]; mixed = [1, 256, 65536, 4294967296, -2]; none = [];\n"
    "    words = [\"a\", \"\", \"ccc\"];\n"
    "    deep { match_attr = \"deep\"; }\n"
    "  }\n"
    "  third { match_attr = \"one\"; }\n"
    "}\n";

static struct device_resource *resource;
static struct DeviceResourceIface *iface;
static const struct DeviceResourceNode *second;

static int set_up(void **state)
{
    (void)state;
    struct hcs_tree *tree = hcs_text_load(text);
    assert_int_equal(device_resource_create(&resource, tree), VIA_OK);
    hcs_tree_destroy(tree); /* what drivers read is a copy */
    device_resource_install(resource);
    iface = DeviceResourceGetIfaceInstance(HDF_CONFIG_SOURCE);
    second = iface->GetNodeByMatchAttr(NULL, "two");
    return second == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    device_resource_install(NULL);
    assert_null(iface->GetRootNode());
    assert_null(iface->GetNodeByMatchAttr(NULL, "two"));
    resource = device_resource_destroy(resource);
    return 0;
}

static void there_is_one_kind_of_source(void **state)
{
    (void)state;
    assert_non_null(iface);
    assert_ptr_equal(iface, DeviceResourceGetIfaceInstance(HDF_CONFIG_SOURCE));
    assert_null(DeviceResourceGetIfaceInstance(INVALID));
}

/* ---- numbers ---- */

struct width {
    const char *name;
    uint64_t number;
    int octets; /* the narrowest getter that reads it; 0: none does */
};

static const struct width widths[] = {
    {"u0", 0, 1},
    {"u8", 255, 1},
    {"u16", 256, 2},
    {"u16max", 65535, 2},
    {"u32", 65536, 4},
    {"u32max", UINT32_MAX, 4},
    {"u64", UINT64_C(1) << 32, 8},
    {"u64max", INT64_MAX, 8},
    {"minus", UINT64_MAX, 8},
    {"yes", 1, 1},
    {"no", 0, 1},
    {"s", 0, 0},
    {"bytes", 0, 0},
    {"deep", 0, 0},
    {"absent", 0, 0},
};

#define EXPECT(type, getter, width, room)                                                          \
    do {                                                                                           \
        type value = 1;                                                                            \
        bool is_read = (width)->octets != 0 && (width)->octets <= (room);                          \
        assert_int_equal((getter)(second, (width)->name, &value, 99),                              \
                         is_read ? HDF_SUCCESS : HDF_FAILURE);                                     \
        assert_true(value == (is_read ? (width)->number : 99));                                    \
    } while (0)

static void numbers_are_read_where_they_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        EXPECT(uint8_t, iface->GetUint8, &widths[i], 1);
        EXPECT(uint16_t, iface->GetUint16, &widths[i], 2);
        EXPECT(uint32_t, iface->GetUint32, &widths[i], 4);
        EXPECT(uint64_t, iface->GetUint64, &widths[i], 8);
        EXPECT(uint8_t, HcsGetUint8, &widths[i], 1);
        EXPECT(uint16_t, HcsGetUint16, &widths[i], 2);
        EXPECT(uint32_t, HcsGetUint32, &widths[i], 4);
        EXPECT(uint64_t, HcsGetUint64, &widths[i], 8);
    }
}

static void a_truth_is_a_small_number(void **state)
{
    (void)state;
    assert_true(iface->GetBool(second, "yes"));
    assert_true(iface->GetBool(second, "u8"));
    assert_false(iface->GetBool(second, "no"));
    assert_false(iface->GetBool(second, "u16"));
    assert_false(iface->GetBool(second, "s"));
    assert_false(iface->GetBool(second, "absent"));
    assert_false(iface->GetBool(NULL, "yes"));
    assert_false(iface->GetBool(second, NULL));
}

static void null_arguments_are_no_harm(void **state)
{
    (void)state;
    uint32_t value = 1;
    const char *string = NULL;
    assert_int_equal(iface->GetUint32(second, "u8", NULL, 5), HDF_FAILURE);
    assert_int_equal(iface->GetUint32(NULL, "u8", &value, 5), HDF_FAILURE);
    assert_int_equal(value, 5);
    assert_int_equal(iface->GetUint32(second, NULL, &value, 6), HDF_FAILURE);
    assert_int_equal(value, 6);
    assert_int_equal(iface->GetUint32ArrayElem(second, "bytes", 0, NULL, 5), HDF_FAILURE);
    assert_int_equal(iface->GetUint32Array(second, "bytes", NULL, 3, 5), HDF_FAILURE);
    assert_int_equal(iface->GetUint32Array(second, "bytes", &value, 0, 5), HDF_FAILURE);
    assert_int_equal(value, 6);
    assert_int_equal(iface->GetString(second, "s", NULL, "d"), HDF_FAILURE);
    assert_int_equal(iface->GetString(NULL, "s", &string, "d"), HDF_FAILURE);
    assert_string_equal(string, "d");
    assert_int_equal(iface->GetElemNum(NULL, "bytes"), HDF_FAILURE);
    assert_int_equal(iface->GetElemNum(second, NULL), HDF_FAILURE);
    assert_null(iface->GetChildNode(NULL, "deep"));
    assert_null(iface->GetChildNode(second, NULL));
    assert_null(iface->GetNodeByMatchAttr(second, NULL));
    assert_null(iface->GetNodeByRefAttr(NULL, "to"));
    assert_null(iface->GetNodeByRefAttr(second, NULL));
}

/* ---- arrays ---- */

static void elements_are_read_one_by_one(void **state)
{
    (void)state;
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    assert_int_equal(iface->GetElemNum(second, "bytes"), 3);
    assert_int_equal(iface->GetElemNum(second, "none"), 0);
    assert_int_equal(iface->GetElemNum(second, "words"), 3);
    assert_int_equal(iface->GetElemNum(second, "u8"), HDF_FAILURE);
    assert_int_equal(iface->GetUint8ArrayElem(second, "bytes", 2, &u8, 9), HDF_SUCCESS);
    assert_int_equal(u8, 255);
    assert_int_equal(iface->GetUint8ArrayElem(second, "bytes", 3, &u8, 9), HDF_FAILURE);
    assert_int_equal(u8, 9);
    assert_int_equal(iface->GetUint8ArrayElem(second, "none", 0, &u8, 8), HDF_FAILURE);
    assert_int_equal(u8, 8);
    assert_int_equal(iface->GetUint8ArrayElem(second, "u8", 0, &u8, 7), HDF_FAILURE);
    assert_int_equal(iface->GetUint8ArrayElem(second, "words", 0, &u8, 7), HDF_FAILURE);
    assert_int_equal(iface->GetUint16ArrayElem(second, "mixed", 1, &u16, 9), HDF_SUCCESS);
    assert_int_equal(u16, 256);
    assert_int_equal(iface->GetUint16ArrayElem(second, "mixed", 2, &u16, 9), HDF_FAILURE);
    assert_int_equal(u16, 9);
    assert_int_equal(iface->GetUint32ArrayElem(second, "mixed", 2, &u32, 9), HDF_SUCCESS);
    assert_int_equal(u32, 65536);
    assert_int_equal(iface->GetUint64ArrayElem(second, "mixed", 4, &u64, 9), HDF_SUCCESS);
    assert_true(u64 == UINT64_MAX - 1);
}

static void arrays_are_read_as_far_as_they_go(void **state)
{
    (void)state;
    uint8_t u8[5] = {0};
    uint16_t u16[4] = {0};
    uint32_t u32[5] = {0};
    uint64_t u64[5] = {0};
    assert_int_equal(iface->GetUint8Array(second, "bytes", u8, 3, 9), HDF_SUCCESS);
    assert_memory_equal(u8, ((uint8_t[]){1, 2, 255, 0, 0}), 5);
    assert_int_equal(iface->GetUint8Array(second, "bytes", u8, 1, 9), HDF_SUCCESS);
    assert_int_equal(iface->GetUint8Array(second, "bytes", u8, 5, 9), HDF_FAILURE);
    assert_memory_equal(u8, ((uint8_t[]){1, 2, 255, 9, 9}), 5);
    assert_int_equal(iface->GetUint16Array(second, "mixed", u16, 4, 9), HDF_FAILURE);
    assert_memory_equal(u16, ((uint16_t[]){1, 256, 9, 9}), sizeof u16);
    assert_int_equal(iface->GetUint32Array(second, "mixed", u32, 5, 9), HDF_FAILURE);
    assert_memory_equal(u32, ((uint32_t[]){1, 256, 65536, 9, 9}), sizeof u32);
    assert_int_equal(iface->GetUint64Array(second, "mixed", u64, 5, 9), HDF_SUCCESS);
    assert_true(u64[3] == UINT64_C(1) << 32 && u64[4] == UINT64_MAX - 1);
    assert_int_equal(iface->GetUint64Array(second, "absent", u64, 2, 9), HDF_FAILURE);
    assert_true(u64[0] == 9 && u64[1] == 9);
    assert_int_equal(iface->GetUint64Array(second, "words", u64, 3, 8), HDF_FAILURE);
    assert_true(u64[0] == 8 && u64[2] == 8);
}

static void strings_are_the_trees(void **state)
{
    (void)state;
    const char *value = NULL;
    assert_int_equal(iface->GetString(second, "s", &value, "d"), HDF_SUCCESS);
    assert_string_equal(value, "text");
    assert_int_equal(iface->GetString(second, "empty", &value, "d"), HDF_SUCCESS);
    assert_string_equal(value, "");
    assert_int_equal(iface->GetString(second, "u8", &value, "d"), HDF_FAILURE);
    assert_string_equal(value, "d");
    assert_int_equal(iface->GetString(second, "words", &value, NULL), HDF_FAILURE);
    assert_null(value);
    static const char *const words[] = {"a", "", "ccc"};
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(iface->GetStringArrayElem(second, "words", i, &value, "d"), HDF_SUCCESS);
        assert_string_equal(value, words[i]);
    }
    assert_int_equal(iface->GetStringArrayElem(second, "words", 3, &value, "d"), HDF_FAILURE);
    assert_string_equal(value, "d");
    assert_int_equal(iface->GetStringArrayElem(second, "bytes", 0, &value, "e"), HDF_FAILURE);
    assert_string_equal(value, "e");
}

/* ---- nodes ---- */

static void nodes_are_found(void **state)
{
    (void)state;
    const struct DeviceResourceNode *root = iface->GetRootNode();
    const struct DeviceResourceNode *first = iface->GetChildNode(root, "first");
    const struct DeviceResourceNode *third = iface->GetChildNode(root, "third");
    assert_string_equal(root->name, "root");
    assert_null(root->parent);
    assert_ptr_equal(first->parent, root);
    assert_ptr_equal(first->sibling, second);
    assert_null(iface->GetChildNode(root, "deep"));
    assert_ptr_equal(iface->GetNodeByMatchAttr(NULL, "one"), first);
    assert_ptr_equal(iface->GetNodeByMatchAttr(root, "one"), first);
    assert_ptr_equal(iface->GetNodeByMatchAttr(first, "one"), first);
    /* from a node on, and not below it alone */
    assert_ptr_equal(iface->GetNodeByMatchAttr(second, "one"), third);
    assert_ptr_equal(iface->GetNodeByMatchAttr(second->child, "one"), third);
    assert_null(iface->GetNodeByMatchAttr(third, "two"));
    assert_null(iface->GetNodeByMatchAttr(NULL, "nobody"));
    assert_ptr_equal(device_resource_match(resource, "deep"), second->child);
    assert_ptr_equal(iface->GetNodeByRefAttr(first, "to"), second->child);
    assert_null(iface->GetNodeByRefAttr(first, "match_attr"));
    assert_null(iface->GetNodeByRefAttr(first, "absent"));
}

static void loops_go_over_attributes_and_children(void **state)
{
    (void)state;
    const struct DeviceResourceNode *child = NULL;
    const struct DeviceResourceAttr *attr = NULL;
    const char *last = NULL;
    int n = 0;
    DEV_RES_NODE_FOR_EACH_CHILD_NODE(iface->GetRootNode(), child)
    {
        last = child->name;
        n++;
    }
    assert_int_equal(n, 3);
    assert_string_equal(last, "third");
    n = 0;
    DEV_RES_NODE_FOR_EACH_ATTR(iface->GetRootNode()->child, attr)
    {
        last = attr->name;
        n++;
    }
    assert_int_equal(n, 2);
    assert_string_equal(last, "to");
}

/* Octets as the system's own compiler writes them. */
static void values_are_in_the_systems_form(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *octets;
        size_t size;
    } values[] = {
        {"u8", "\x10\xff", 2},
        {"u16", "\x11\x00\x01", 3},
        {"u32", "\x12\x00\x00\x01\x00", 5},
        {"minus", "\x13\xff\xff\xff\xff\xff\xff\xff\xff", 9},
        {"s", "\x14text", 6},
        {"bytes", "\x04\x03\x00\x10\x01\x10\x02\x10\xff", 9},
        {"words",
         "\x04\x03\x00\x14"
         "a\0\x14\0\x14"
         "ccc",
         13},
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        const struct DeviceResourceAttr *attr = second->attrData;
        while (strcmp(attr->name, values[i].name) != 0)
            attr = attr->next;
        assert_memory_equal(attr->value, values[i].octets, values[i].size);
    }
}

/* What nodes share in a tree, each has here: a file of a page could ask for gigabytes. */
static void what_takes_too_much_is_refused(void **state)
{
    (void)state;
    static char large[1 << 20];
    size_t used = (size_t)snprintf(large, sizeof large, "root { template t { s = \"");
    memset(large + used, 'x', 900000);
    used += 900000;
    used += (size_t)snprintf(large + used, sizeof large - used, "\"; }");
    for (unsigned i = 0; i < 100; i++)
        used += (size_t)snprintf(large + used, sizeof large - used, " n%u :: t { }", i);
    (void)snprintf(large + used, sizeof large - used, " }");
    struct hcs_tree *tree = hcs_text_load(large);
    struct device_resource *other = NULL;
    assert_int_equal(device_resource_create(&other, tree), VIA_TOO_LARGE);
    assert_null(other);
    hcs_tree_destroy(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_one_kind_of_source),
        cmocka_unit_test(numbers_are_read_where_they_fit),
        cmocka_unit_test(a_truth_is_a_small_number),
        cmocka_unit_test(null_arguments_are_no_harm),
        cmocka_unit_test(elements_are_read_one_by_one),
        cmocka_unit_test(arrays_are_read_as_far_as_they_go),
        cmocka_unit_test(strings_are_the_trees),
        cmocka_unit_test(nodes_are_found),
        cmocka_unit_test(loops_go_over_attributes_and_children),
        cmocka_unit_test(values_are_in_the_systems_form),
        cmocka_unit_test(what_takes_too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
