/*
 * Looking around in a tree. Members are lists: their number is bounded, and a driver reads each
 * once.
 */
#include "codecs/hcs_tree.h"

#include <string.h>

#define MATCH_ATTR "match_attr"

struct hcs_attr *hcs_node_attr(const struct hcs_node *node, const char *name)
{
    for (struct hcs_attr *attr = node->first_attr; attr != NULL; attr = attr->next)
        if (strcmp(attr->name, name) == 0)
            return attr;
    return NULL;
}

struct hcs_node *hcs_node_child(const struct hcs_node *node, const char *name)
{
    for (struct hcs_node *child = node->first_child; child != NULL; child = child->next)
        if (child->kind != HCS_GONE && strcmp(child->name, name) == 0)
            return child;
    return NULL;
}

const struct hcs_node *hcs_node_next(const struct hcs_node *node, const struct hcs_node *top)
{
    if (node->first_child != NULL)
        return node->first_child;
    while (node != top && node->next == NULL)
        node = node->parent;
    return node == top ? NULL : node->next;
}

const struct hcs_node *hcs_node_match(const struct hcs_node *node, const char *value)
{
    for (const struct hcs_node *at = node; at != NULL; at = hcs_node_next(at, node)) {
        const struct hcs_attr *attr = hcs_node_attr(at, MATCH_ATTR);
        if (attr != NULL && attr->value->type == HCS_STRING &&
            strcmp(attr->value->text, value) == 0)
            return at;
    }
    return NULL;
}
