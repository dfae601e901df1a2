/*
 * A configuration from its text to what drivers read, when memory runs out at each request in turn:
 * it fails in words, and nothing is left.
 */
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bridge/hdf/device_info.h"
#include "bridge/hdf/device_resource.h"
#include "tests/unit/bridge/scarce_memory.h"
#include "tests/unit/codecs/hcs_texts.h"

static char filler[20000]; /* so that each stage needs a block of its own */

static enum via_status read_all(void)
{
    static char text[sizeof filler + 1024];
    memset(filler, 'x', sizeof filler - 1);
    (void)snprintf(text, sizeof text,
                   "#include \"more\"\nroot { device_info { match_attr = \"hdf_manager\"; template "
                   "host { hostName = \"h\"; priority = 1; d { n { moduleName = \"m\"; serviceName "
                   "= \"\"; } } } h :: host { } g : h { } }"
                   "long { s = \"%s\"; a = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, "
                   "17]; r = &root.device_info; } m : &root.long { a = [2]; x { } } }",
                   filler);
    const struct hcs_file_text files[] = {
        {"f", text}, {"more", "root { z = [\"one\"]; }"}, {NULL, NULL}};
    struct hcs_fault fault = {.text = ""};
    struct hcs_tree *tree = NULL;
    struct device_resource *resource = NULL;
    struct device_info *info = NULL;
    enum via_status status = hcs_texts_load(files, &tree, &fault);
    if (status != VIA_OK && fault.text[0] == '\0')
        status = VIA_IO; /* it must say something */
    if (status == VIA_OK)
        status = device_resource_create(&resource, tree);
    if (status == VIA_OK)
        status = device_info_create(&info, tree, NULL, NULL);
    device_info_destroy(info);
    device_resource_destroy(resource);
    hcs_tree_destroy(tree);
    return status;
}

static void each_request_for_memory_may_fail(void **state)
{
    (void)state;
    assert_true(memory_fail_each(read_all) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_for_memory_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
