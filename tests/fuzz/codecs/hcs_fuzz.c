/*
 * HCS files, an octet 0 between them: the first is loaded, and may include the others as "1", "2"
 * and so on. A tree that is accepted is written, and what is written is accepted and comes to the
 * same; it is also given to those who read it. One that is not has words and a place.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/hdf/device_info.h"
#include "bridge/hdf/device_resource.h"
#include "codecs/hcs.h"
#include "codecs/hcs_write.h"
#include "include/hdf/hcs_tree_if.h"
#include "tests/fuzz/fuzz.h"

#define WRITTEN_MAX (1u << 24) /* octets: templates make much of little */

struct input {
    const uint8_t *octets;
    size_t size;
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The file @path, which is a number. */
static enum via_status read_part(void *user, const char *path, struct hcs_text *text)
{
    const struct input *input = user;
    char *end;
    unsigned long n = strtoul(path, &end, 10);
    const uint8_t *at = input->octets, *behind = input->octets + input->size;
    for (; n > 0 && at != NULL; n--) {
        at = memchr(at, 0, (size_t)(behind - at));
        at = at == NULL ? NULL : at + 1;
    }
    if (*end != '\0' || at == NULL)
        return VIA_NOT_FOUND;
    const uint8_t *stop = at == behind ? NULL : memchr(at, 0, (size_t)(behind - at));
    text->size = (size_t)((stop == NULL ? behind : stop) - at);
    text->octets = malloc(text->size + 1);
    if (text->octets == NULL)
        return VIA_NO_MEMORY;
    if (text->size > 0)
        memcpy(text->octets, at, text->size);
    return VIA_OK;
}

static enum via_status load(struct input *input, struct hcs_tree **treep)
{
    struct hcs_files files = {read_part, input};
    struct hcs_fault fault = {.text = ""};
    enum via_status status = hcs_load("0", &files, treep, &fault);
    require(status == VIA_OK || (fault.text[0] != '\0' && fault.file[0] != '\0'));
    require(status == VIA_OK || (fault.line > 0 && fault.column > 0));
    return status;
}

static void check_written(const struct hcs_tree *tree)
{
    struct buffer out, again;
    struct hcs_tree *copy = NULL;
    buffer_init(&out, WRITTEN_MAX);
    buffer_init(&again, WRITTEN_MAX);
    hcs_write_node(&out, tree->root);
    struct input input = {out.data, out.size};
    if (out.status == VIA_OK && out.size <= HCS_FILE_SIZE_MAX) {
        require(load(&input, &copy) == VIA_OK);
        hcs_write_node(&again, copy->root);
        require(again.size == out.size && memcmp(again.data, out.data, out.size) == 0);
        require(copy->n_nodes == tree->n_nodes && copy->n_attrs == tree->n_attrs);
    }
    buffer_cut(&again, 0);
    hcs_write_node_json(&again, tree->root);
    hcs_tree_destroy(copy);
    buffer_deinit(&out);
    buffer_deinit(&again);
}

static void read_attr(const struct DeviceResourceNode *node, const char *name)
{
    uint8_t u8[4];
    uint64_t u64[4];
    const char *text;
    (void)HcsGetBool(node, name);
    (void)HcsGetUint64(node, name, u64, 0);
    (void)HcsGetUint8Array(node, name, u8, 4, 0);
    (void)HcsGetUint64Array(node, name, u64, 4, 0);
    (void)HcsGetString(node, name, &text, NULL);
    int32_t n = HcsGetElemNum(node, name);
    (void)HcsGetStringArrayElem(node, name, n > 0 ? (uint32_t)n - 1 : 0, &text, NULL);
    (void)HcsGetNodeByRefAttr(node, name);
}

static void check_read(const struct hcs_tree *tree)
{
    struct device_resource *resource = NULL;
    struct device_info *info = NULL;
    if (device_resource_create(&resource, tree) == VIA_OK) {
        const struct DeviceResourceAttr *attr;
        DEV_RES_NODE_FOR_EACH_ATTR(resource->root, attr)
        read_attr(resource->root, attr->name);
    }
    enum via_status status = device_info_create(&info, tree, NULL, NULL);
    require(status == VIA_OK || status == VIA_NOT_FOUND);
    device_info_destroy(info);
    device_resource_destroy(resource);
}

bool fuzz_one(const uint8_t *octets, size_t size)
{
    struct input input = {octets, size};
    struct hcs_tree *tree = NULL;
    if (load(&input, &tree) != VIA_OK)
        return false;
    check_written(tree);
    check_read(tree);
    hcs_tree_destroy(tree);
    return true;
}
