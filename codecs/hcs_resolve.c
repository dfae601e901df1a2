/*
 * Five passes. (1) Copies and changes of nodes elsewhere, as they stand in the text, children
 * before their node. (2) What is deleted goes. (3) Inheritance from the root down, so that a node
 * sees the templates that its parent inherited; then inside templates, which is for finding what is
 * wrong there. (4) References find their nodes, seen from where they ended up. (5) Templates go,
 * the rest is numbered.
 *
 * Where a node asks for one that itself has something to be done, that one is settled first,
 * wherever it stands. A node that is asked for while it is being settled is a circle.
 */
#include "codecs/hcs_resolve.h"

#include <string.h>

#include "codecs/hcs_graft.h"

#define SHOWN 64
#define CIRCULAR "is circular: it needs this node first"

/* Does what a node asks for, if that is still to be done. */
typedef enum via_status (*settle_fn)(struct hcs_build *build, struct hcs_node *node);

static bool is_within(const struct hcs_node *node, const struct hcs_node *top)
{
    while (node != NULL && node != top)
        node = node->parent;
    return node == top;
}

static enum via_status fail(struct hcs_build *build, const struct hcs_place *place, const char *ref,
                            const char *what)
{
    (void)hcs_build_fail(build, VIA_INVALID, place, "'%.*s' %s", SHOWN, ref, what);
    return VIA_INVALID;
}

/* ---- walking, in pre-order ---- */

/* The node behind @node and all below it, or NULL. */
static struct hcs_node *behind(struct hcs_node *node)
{
    while (node != NULL && node->next == NULL)
        node = node->parent;
    return node == NULL ? NULL : node->next;
}

static struct hcs_node *following(struct hcs_node *node)
{
    return node->first_child != NULL ? node->first_child : behind(node);
}

/* ---- finding ---- */

/* The child of @node that @step, up to a dot or its end, names. */
static struct hcs_node *child_at(const struct hcs_node *node, const char *step)
{
    char name[HCS_NAME_MAX + 1];
    size_t size = strcspn(step, ".");
    memcpy(name, step, size); /* the lexer bounds names */
    name[size] = '\0';
    return hcs_node_child(node, name);
}

/* Settles @node, which @asker needs. */
static enum via_status settle_first(struct hcs_build *build, const struct hcs_node *asker,
                                    struct hcs_node *node, settle_fn settle)
{
    if (node->progress == HCS_DONE)
        return VIA_OK;
    if (build->n_chain == HCS_CHAIN_MAX)
        return hcs_build_fail(build, VIA_TOO_LARGE, &asker->ref_place,
                              "more than %u nodes need one another", HCS_CHAIN_MAX);
    build->n_chain++;
    enum via_status status = settle(build, node);
    build->n_chain--;
    return status;
}

/*
 * The node that @asker names: a child of its scope, or along a path from root, where what is copied
 * or inherited on the way is settled first, but for what @asker stands in. *nodep is NULL when
 * there is none.
 */
static enum via_status find(struct hcs_build *build, struct hcs_node *asker, settle_fn settle,
                            struct hcs_node **nodep)
{
    const char *step = strchr(asker->ref, '.');
    if (step == NULL) {
        *nodep = child_at(asker->scope != NULL ? asker->scope : asker->parent, asker->ref);
        return VIA_OK;
    }
    struct hcs_node *node = build->tree->root;
    for (; step != NULL && node != NULL; step = strchr(step + 1, '.')) {
        bool is_derived = node->kind == HCS_COPY || node->kind == HCS_INHERIT;
        if (is_derived && node->progress == HCS_PENDING && !is_within(asker, node)) {
            enum via_status status = settle_first(build, asker, node, settle);
            if (status != VIA_OK)
                return status;
        }
        node = child_at(node, step + 1);
    }
    *nodep = node;
    return VIA_OK;
}

/* The node that @node names, settled, and neither around it nor inside it. */
static enum via_status find_other(struct hcs_build *build, struct hcs_node *node, settle_fn settle,
                                  struct hcs_node **otherp)
{
    struct hcs_node *other = NULL;
    enum via_status status = find(build, node, settle, &other);
    if (status != VIA_OK)
        return status;
    if (other == NULL)
        return fail(build, &node->ref_place, node->ref, "is no node that is there");
    if (other->kind == HCS_DELETE)
        return fail(build, &node->ref_place, node->ref, "is deleted");
    if (other->kind == HCS_MODIFY)
        return fail(build, &node->ref_place, node->ref,
                    "only changes another node, and is none itself");
    if (is_within(node, other) || is_within(other, node))
        return fail(build, &node->ref_place, node->ref, "is circular: one holds the other");
    if (other->progress == HCS_BUSY)
        return fail(build, &node->ref_place, node->ref, CIRCULAR);
    *otherp = other;
    return settle_first(build, node, other, settle);
}

/* ---- copies and changes ---- */

/* NOLINTBEGIN(misc-no-recursion): HCS_DEPTH_MAX and HCS_CHAIN_MAX bound it */

static enum via_status settle_copy(struct hcs_build *build, struct hcs_node *node);

/* Each copy below @node. One that is under way needs @node, which is needed for it. */
static enum via_status settle_below(struct hcs_build *build, struct hcs_node *node)
{
    for (struct hcs_node *child = node->first_child; child != NULL; child = child->next) {
        if (child->progress == HCS_BUSY)
            return fail(build, &child->ref_place, child->ref, CIRCULAR);
        enum via_status status = settle_copy(build, child);
        if (status != VIA_OK)
            return status;
    }
    return VIA_OK;
}

static enum via_status copy(struct hcs_build *build, struct hcs_node *node)
{
    struct hcs_node *other = NULL;
    enum via_status status = find_other(build, node, settle_copy, &other);
    if (status != VIA_OK)
        return status;
    node->kind = HCS_PLAIN;
    if (other->kind == HCS_INHERIT) { /* the copy inherits the same, wherever it stands */
        node->kind = HCS_INHERIT;
        node->ref = other->ref;
        node->ref_place = other->ref_place;
        node->scope = other->scope != NULL ? other->scope : other->parent;
    }
    return hcs_graft(build, node, other, HCS_GRAFT_FILL);
}

static enum via_status settle_copy(struct hcs_build *build, struct hcs_node *node)
{
    bool is_copy = node->kind == HCS_COPY;
    if (node->progress == HCS_DONE)
        return VIA_OK;
    if (is_copy)
        node->progress = HCS_BUSY;
    enum via_status status = settle_below(build, node);
    if (status == VIA_OK && is_copy)
        status = copy(build, node);
    node->progress = HCS_DONE;
    return status;
}

static enum via_status modify(struct hcs_build *build, struct hcs_node *node)
{
    struct hcs_node *other = NULL;
    enum via_status status = find_other(build, node, settle_copy, &other);
    if (status != VIA_OK)
        return status;
    if (other->kind == HCS_TEMPLATE)
        return fail(build, &node->ref_place, node->ref,
                    "is a template: only a node can be changed");
    status = hcs_graft(build, other, node, HCS_GRAFT_MODIFY);
    node->kind = HCS_GONE;
    return status;
}

/* Pass 1. */
static enum via_status copy_and_modify(struct hcs_build *build, struct hcs_node *node)
{
    for (struct hcs_node *child = node->first_child; child != NULL; child = child->next) {
        enum via_status status = copy_and_modify(build, child);
        if (status != VIA_OK)
            return status;
    }
    return node->kind == HCS_MODIFY ? modify(build, node) : settle_copy(build, node);
}

/* NOLINTEND(misc-no-recursion): HCS_DEPTH_MAX and HCS_CHAIN_MAX bound it */

/* ---- what goes ---- */

/* Takes the children of @kind, and modifications that were made, out of @node. */
static void prune_nodes(struct hcs_node *node, enum hcs_kind kind)
{
    struct hcs_node **linkp = &node->first_child;
    node->last_child = NULL;
    while (*linkp != NULL) {
        struct hcs_node *child = *linkp;
        if (child->kind == kind || child->kind == HCS_GONE) {
            *linkp = child->next;
            node->n_members--;
            continue;
        }
        node->last_child = child;
        linkp = &child->next;
    }
}

static void prune_attrs(struct hcs_node *node)
{
    struct hcs_attr **linkp = &node->first_attr;
    node->last_attr = NULL;
    while (*linkp != NULL) {
        struct hcs_attr *attr = *linkp;
        if (attr->value->type == HCS_DELETED) {
            *linkp = attr->next;
            node->n_members--;
            continue;
        }
        node->last_attr = attr;
        linkp = &attr->next;
    }
}

/* Pass 2. For the next one nothing is done yet. */
static void take_out(struct hcs_node *root)
{
    for (struct hcs_node *node = root; node != NULL; node = following(node)) {
        prune_nodes(node, HCS_DELETE);
        prune_attrs(node);
        node->progress = HCS_PENDING;
    }
}

/* ---- inheritance ---- */

/* NOLINTBEGIN(misc-no-recursion): HCS_DEPTH_MAX and HCS_CHAIN_MAX bound it */

static enum via_status inherit(struct hcs_build *build, struct hcs_node *node);

/* @node with what it inherits; its parents first, which may give it whom it names. */
static enum via_status settle_heir(struct hcs_build *build, struct hcs_node *node)
{
    if (node->progress != HCS_PENDING)
        return VIA_OK;
    enum via_status status = node->parent == NULL ? VIA_OK : settle_heir(build, node->parent);
    if (status != VIA_OK)
        return status;
    node->progress = HCS_BUSY;
    if (node->kind == HCS_INHERIT)
        status = inherit(build, node);
    node->progress = HCS_DONE;
    return status;
}

static enum via_status inherit(struct hcs_build *build, struct hcs_node *node)
{
    struct hcs_node *other = NULL;
    enum via_status status = VIA_OK;
    if (node->scope != NULL)
        status = settle_first(build, node, node->scope, settle_heir);
    if (status == VIA_OK)
        status = find_other(build, node, settle_heir, &other);
    if (status != VIA_OK)
        return status;
    node->kind = HCS_PLAIN;
    return hcs_graft(build, node, other, HCS_GRAFT_FILL);
}

/* NOLINTEND(misc-no-recursion): HCS_DEPTH_MAX and HCS_CHAIN_MAX bound it */

/* Pass 3; inside templates only when @with_templates. */
static enum via_status inherit_all(struct hcs_build *build, bool with_templates)
{
    for (struct hcs_node *node = build->tree->root; node != NULL;) {
        if (node->kind == HCS_TEMPLATE && !with_templates) {
            node = behind(node);
            continue;
        }
        enum via_status status = settle_heir(build, node);
        if (status != VIA_OK)
            return status;
        node = following(node);
    }
    return VIA_OK;
}

/* ---- references ---- */

static bool is_in_template(const struct hcs_node *node)
{
    while (node != NULL && node->kind != HCS_TEMPLATE)
        node = node->parent;
    return node != NULL;
}

static enum via_status refer(struct hcs_build *build, struct hcs_node *node, struct hcs_attr *attr)
{
    const char *step = strchr(attr->value->text, '.');
    struct hcs_node *target = step == NULL ? node : build->tree->root;
    step = step == NULL ? attr->value->text : step + 1;
    for (; step != NULL && target != NULL; step = strchr(step, '.')) {
        step += *step == '.';
        target = child_at(target, step);
    }
    if (target == NULL)
        return fail(build, &attr->place, attr->value->text, "refers to a node that is not there");
    if (is_in_template(target))
        return fail(build, &attr->place, attr->value->text,
                    "refers to a template, which is no node of the tree");
    attr->target = target;
    return VIA_OK;
}

/* Pass 4. */
static enum via_status refer_all(struct hcs_build *build)
{
    for (struct hcs_node *node = build->tree->root; node != NULL;) {
        if (node->kind == HCS_TEMPLATE) {
            node = behind(node);
            continue;
        }
        for (struct hcs_attr *attr = node->first_attr; attr != NULL; attr = attr->next) {
            enum via_status status =
                attr->value->type == HCS_REFERENCE ? refer(build, node, attr) : VIA_OK;
            if (status != VIA_OK)
                return status;
        }
        node = following(node);
    }
    return VIA_OK;
}

/* Pass 5. */
static void number(struct hcs_tree *tree)
{
    for (struct hcs_node *node = tree->root; node != NULL; node = following(node)) {
        prune_nodes(node, HCS_TEMPLATE);
        node->id = ++tree->n_nodes;
        for (struct hcs_attr *attr = node->first_attr; attr != NULL; attr = attr->next)
            tree->n_attrs++;
    }
}

enum via_status hcs_resolve(struct hcs_build *build)
{
    struct hcs_node *root = build->tree->root;
    enum via_status status = copy_and_modify(build, root);
    if (status != VIA_OK)
        return status;
    take_out(root);
    status = inherit_all(build, false);
    if (status == VIA_OK)
        status = inherit_all(build, true);
    if (status == VIA_OK)
        status = refer_all(build);
    if (status == VIA_OK)
        number(build->tree);
    return status;
}
