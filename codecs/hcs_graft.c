/*
 * Merging files, changing a node from elsewhere, copying and inheriting are one walk over two
 * nodes; they differ in who wins. A plain node adds to what is there and leaves it of its kind:
 * `host {}` in a later file does not undo an earlier `template host {}` or `host :: base {}`.
 * Values are shared.
 */
#include "codecs/hcs_graft.h"

#define SHOWN 64

/* Who is at @to's name already is no attribute where a node comes, or the reverse. */
static enum via_status refuse_kind(struct hcs_build *build, const char *name, const char *here,
                                   const struct hcs_place *at, const char *there,
                                   const struct hcs_place *from)
{
    return hcs_build_fail(build, VIA_INVALID, at, "'%.*s' is %s here and %s at %.*s:%u:%u", SHOWN,
                          name, here, there, SHOWN, from->file, from->line, from->column);
}

static enum via_status graft_attr(struct hcs_build *build, struct hcs_node *to,
                                  const struct hcs_attr *from, enum hcs_graft_mode mode)
{
    const struct hcs_node *node = hcs_node_child(to, from->name);
    bool is_fill = mode == HCS_GRAFT_FILL;
    if (is_fill && from->value->type == HCS_DELETED)
        return VIA_OK;
    if (node != NULL && is_fill && node->kind == HCS_DELETE)
        return VIA_OK;
    if (node != NULL && is_fill)
        return refuse_kind(build, from->name, "a node", &node->place, "an attribute", &from->place);
    if (node != NULL)
        return refuse_kind(build, from->name, "an attribute", &from->place, "a node", &node->place);
    struct hcs_attr *attr = hcs_node_attr(to, from->name);
    if (attr == NULL)
        return hcs_build_attr(build, to, from->name, from->value, &from->place);
    if (is_fill)
        return VIA_OK;
    enum hcs_type was = attr->value->type, is = from->value->type;
    if (mode == HCS_GRAFT_MODIFY && was != is && was != HCS_DELETED && is != HCS_DELETED)
        return hcs_build_fail(build, VIA_INVALID, &from->place,
                              "'%.*s' is %s here and %s at %.*s:%u:%u", SHOWN, from->name,
                              hcs_type_name(is), hcs_type_name(was), SHOWN, attr->place.file,
                              attr->place.line, attr->place.column);
    attr->value = from->value;
    attr->place = from->place;
    return VIA_OK;
}

static void take_kind(struct hcs_node *to, const struct hcs_node *from)
{
    to->kind = from->kind;
    to->progress = HCS_PENDING;
    to->ref = from->ref;
    to->ref_place = from->ref_place;
    to->scope = from->scope;
}

/* What @from says about the kind of @to, which was there before. */
static void graft_kind(struct hcs_node *to, const struct hcs_node *from, enum hcs_graft_mode mode)
{
    if (mode == HCS_GRAFT_FILL) {
        if (to->kind == HCS_PLAIN && from->kind == HCS_INHERIT)
            take_kind(to, from);
        return;
    }
    if (from->kind == HCS_DELETE || to->kind == HCS_DELETE) { /* made anew, it begins empty */
        to->first_child = to->last_child = NULL;
        to->first_attr = to->last_attr = NULL;
        to->n_members = 0;
    }
    if (from->kind != HCS_PLAIN || to->kind == HCS_DELETE) {
        take_kind(to, from);
        to->place = from->place;
    }
}

/* NOLINTNEXTLINE(misc-no-recursion): HCS_DEPTH_MAX bounds it */
static enum via_status graft_node(struct hcs_build *build, struct hcs_node *to,
                                  const struct hcs_node *from, enum hcs_graft_mode mode)
{
    const struct hcs_attr *attr = hcs_node_attr(to, from->name);
    bool is_fill = mode == HCS_GRAFT_FILL;
    if (from->kind == HCS_GONE)
        return VIA_OK;
    if (is_fill && (from->kind == HCS_DELETE || from->kind == HCS_MODIFY))
        return VIA_OK; /* there is nothing to delete; what it changes, it changes once */
    if (attr != NULL && is_fill && attr->value->type == HCS_DELETED)
        return VIA_OK;
    if (attr != NULL && is_fill)
        return refuse_kind(build, from->name, "an attribute", &attr->place, "a node", &from->place);
    if (attr != NULL)
        return refuse_kind(build, from->name, "a node", &from->place, "an attribute", &attr->place);
    struct hcs_node *node = hcs_node_child(to, from->name);
    if (node == NULL) {
        enum via_status status = hcs_build_node(build, to, from->name, &from->place, &node);
        if (status != VIA_OK)
            return status;
        take_kind(node, from);
    } else if (is_fill && (node->kind == HCS_DELETE || node->kind == HCS_MODIFY)) {
        return VIA_OK;
    } else {
        graft_kind(node, from, mode);
    }
    return hcs_graft(build, node, from, mode);
}

/* NOLINTNEXTLINE(misc-no-recursion): as above */
enum via_status hcs_graft(struct hcs_build *build, struct hcs_node *to, const struct hcs_node *from,
                          enum hcs_graft_mode mode)
{
    for (const struct hcs_attr *attr = from->first_attr; attr != NULL; attr = attr->next) {
        enum via_status status = graft_attr(build, to, attr, mode);
        if (status != VIA_OK)
            return status;
    }
    for (const struct hcs_node *child = from->first_child; child != NULL; child = child->next) {
        enum via_status status = graft_node(build, to, child, mode);
        if (status != VIA_OK)
            return status;
    }
    return VIA_OK;
}
