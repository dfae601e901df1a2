/*
 * Every member that is ever made counts, also those of templates and of what is deleted later: that
 * bounds the work that a small file can ask for, since every step makes members or looks at the few
 * of one node.
 */
#include "codecs/hcs_build.h"

#include <stdarg.h>
#include <stdio.h>

enum via_status hcs_build_fail(struct hcs_build *build, enum via_status status,
                               const struct hcs_place *place, const char *format, ...)
{
    struct hcs_fault *fault = build->fault;
    (void)snprintf(fault->file, sizeof fault->file, "%s", place->file);
    fault->line = place->line;
    fault->column = place->column;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return status;
}

enum via_status hcs_build_fail_memory(struct hcs_build *build, const struct hcs_place *place)
{
    if (build->tree->arena.status == VIA_TOO_LARGE)
        return hcs_build_fail(build, VIA_TOO_LARGE, place,
                              "the tree takes more than %u octets of memory", HCS_MEMORY_MAX);
    return hcs_build_fail(build, VIA_NO_MEMORY, place, "out of memory");
}

/* Counts a member of @parent in. */
static enum via_status admit(struct hcs_build *build, struct hcs_node *parent,
                             const struct hcs_place *place)
{
    if (parent != NULL && parent->n_members == HCS_NODE_MEMBERS_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, place,
                              "'%.64s' has more than %u attributes and nodes", parent->name,
                              HCS_NODE_MEMBERS_MAX);
    if (build->n_members == HCS_MEMBERS_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, place,
                              "there are more than %u attributes and nodes in all, with what "
                              "copies and templates make",
                              HCS_MEMBERS_MAX);
    build->n_members++;
    if (parent != NULL)
        parent->n_members++;
    return VIA_OK;
}

enum via_status hcs_build_node(struct hcs_build *build, struct hcs_node *parent, const char *name,
                               const struct hcs_place *place, struct hcs_node **nodep)
{
    if (parent != NULL && parent->depth == HCS_DEPTH_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, place,
                              "nodes stand at most %u deep, with what copies and templates make",
                              HCS_DEPTH_MAX);
    enum via_status status = admit(build, parent, place);
    if (status != VIA_OK)
        return status;
    struct hcs_node *node = arena_take(&build->tree->arena, sizeof *node);
    if (node == NULL)
        return hcs_build_fail_memory(build, place);
    node->name = name;
    node->place = *place;
    node->parent = parent;
    node->depth = parent == NULL ? 1 : parent->depth + 1;
    if (parent != NULL && parent->last_child != NULL)
        parent->last_child->next = node;
    else if (parent != NULL)
        parent->first_child = node;
    if (parent != NULL)
        parent->last_child = node;
    *nodep = node;
    return VIA_OK;
}

enum via_status hcs_build_attr(struct hcs_build *build, struct hcs_node *parent, const char *name,
                               const struct hcs_value *value, const struct hcs_place *place)
{
    enum via_status status = admit(build, parent, place);
    if (status != VIA_OK)
        return status;
    struct hcs_attr *attr = arena_take(&build->tree->arena, sizeof *attr);
    if (attr == NULL)
        return hcs_build_fail_memory(build, place);
    *attr = (struct hcs_attr){.name = name, .value = value, .place = *place};
    if (parent->last_attr != NULL)
        parent->last_attr->next = attr;
    else
        parent->first_attr = attr;
    parent->last_attr = attr;
    return VIA_OK;
}

const char *hcs_type_name(enum hcs_type type)
{
    switch (type) {
    case HCS_NUMBER:
        return "a number";
    case HCS_STRING:
        return "a string";
    case HCS_ARRAY:
        return "an array";
    case HCS_REFERENCE:
        return "a reference";
    case HCS_DELETED:
        break;
    }
    return "deleted";
}
