/*
 * viaduct hcs: HCS files without a compiler: are they right, what do they come to, what is at a
 * path. It talks to no gateway.
 *
 * A fault is one line, FILE:LINE:COLUMN: WORDS, as editors and terminals follow it.
 */
#include <stdio.h>
#include <string.h>

#include "bridge/hcs_file.h"
#include "codecs/hcs_write.h"
#include "codecs/json_write.h"
#include "gateway/cli/fault.h"
#include "gateway/cli/nearest.h"

#define PRINT_MAX (256u << 20) /* octets: templates can make much of little */
#define NEAREST_MAX 2          /* changes at most to a name that is proposed */

/* What a path leads to: @attr of @node, or @node itself. */
struct found {
    const struct hcs_node *node;
    const struct hcs_attr *attr;
};

static enum cli_exit load(const char *path, struct hcs_tree **treep)
{
    struct hcs_fault fault;
    if (hcs_file_load(path, treep, &fault) == VIA_OK)
        return CLI_OK;
    fprintf(stderr, "%s:%u:%u: %s\n", fault.file, fault.line, fault.column, fault.text);
    return CLI_FAILED;
}

/* Prints @out, with a line's end where there is none, and lets it go. */
static enum cli_exit print(struct buffer *out)
{
    enum via_status status = out->status;
    if (status == VIA_OK) {
        (void)fwrite(out->data, 1, out->size, stdout);
        if (out->size == 0 || out->data[out->size - 1] != '\n')
            putchar('\n');
    }
    buffer_deinit(out);
    if (status == VIA_OK)
        return CLI_OK;
    fprintf(stderr, "viaduct hcs: %s: that is more than %u octets to print\n",
            via_status_name(status), PRINT_MAX);
    return CLI_FAILED;
}

static enum cli_exit print_found(const struct cli *cli, const struct found *found)
{
    struct buffer out;
    buffer_init(&out, PRINT_MAX);
    if (found->attr == NULL && cli->json)
        hcs_write_node_json(&out, found->node);
    else if (found->attr == NULL)
        hcs_write_node(&out, found->node);
    else if (cli->json)
        hcs_write_value_json(&out, found->attr);
    else if (found->attr->value->type == HCS_STRING) /* as it is: for scripts */
        buffer_add(&out, found->attr->value->text, found->attr->value->size);
    else
        hcs_write_value(&out, found->attr);
    return print(&out);
}

/* ---- check ---- */

static enum cli_exit check(struct cli *cli)
{
    enum cli_exit result = CLI_OK;
    if (cli->n_words < 2)
        return fault_usage(cli, "check takes one FILE or more");
    for (int i = 1; i < cli->n_words; i++) {
        struct hcs_tree *tree = NULL;
        if (load(cli->words[i], &tree) != CLI_OK) {
            result = CLI_FAILED;
            continue;
        }
        if (!cli->json)
            printf("%s: %u nodes, %u attributes\n", cli->words[i], tree->n_nodes, tree->n_attrs);
        hcs_tree_destroy(tree);
    }
    return result;
}

/* ---- tree, get ---- */

static enum cli_exit show_tree(struct cli *cli)
{
    struct hcs_tree *tree = NULL;
    if (cli->n_words != 2)
        return fault_usage(cli, "tree takes one FILE");
    enum cli_exit result = load(cli->words[1], &tree);
    if (result != CLI_OK)
        return result;
    struct found root = {tree->root, NULL};
    result = print_found(cli, &root);
    hcs_tree_destroy(tree);
    return result;
}

/* The name among @node's that is nearest to @name, or NULL. */
static const char *nearest(const struct hcs_node *node, const char *name)
{
    const char *best = NULL;
    size_t least = NEAREST_MAX + 1;
    for (const struct hcs_attr *attr = node->first_attr; attr != NULL; attr = attr->next) {
        size_t distance = nearest_distance(name, attr->name, NEAREST_MAX);
        if (distance < least) {
            least = distance;
            best = attr->name;
        }
    }
    for (const struct hcs_node *child = node->first_child; child != NULL; child = child->next) {
        size_t distance = nearest_distance(name, child->name, NEAREST_MAX);
        if (distance < least) {
            least = distance;
            best = child->name;
        }
    }
    return best;
}

static enum cli_exit report_missing(const struct hcs_node *node, const char *name, bool is_attr)
{
    if (is_attr) {
        fprintf(stderr, "viaduct hcs: '%s' is an attribute: nothing stands below it\n", name);
        return CLI_NOT_FOUND;
    }
    const char *best = nearest(node, name);
    fprintf(stderr, "viaduct hcs: '%s' has no '%s'", node->name, name);
    if (best != NULL)
        fprintf(stderr, "; did you mean '%s'?", best);
    fputc('\n', stderr);
    return CLI_NOT_FOUND;
}

/* Follows @path from @root; "root." before it may be left out. */
static enum cli_exit follow(const struct hcs_node *root, const char *path, struct found *foundp)
{
    char name[HCS_NAME_MAX + 1];
    const struct hcs_node *node = root;
    *foundp = (struct found){root, NULL};
    if (strcmp(path, "root") == 0)
        return CLI_OK;
    if (strncmp(path, "root.", 5) == 0)
        path += 5;
    for (const char *step = path; step != NULL;) {
        size_t size = strcspn(step, ".");
        bool is_last = step[size] == '\0', is_name = size < sizeof name;
        (void)snprintf(name, sizeof name, "%.*s", is_name ? (int)size : (int)sizeof name, step);
        const struct hcs_attr *attr = is_name ? hcs_node_attr(node, name) : NULL;
        foundp->node = is_name ? hcs_node_child(node, name) : NULL;
        foundp->attr = is_last ? attr : NULL;
        if (foundp->node == NULL && foundp->attr == NULL)
            return report_missing(node, name, attr != NULL);
        node = foundp->node;
        step = is_last ? NULL : step + size + 1;
    }
    return CLI_OK;
}

static enum cli_exit get(struct cli *cli)
{
    struct hcs_tree *tree = NULL;
    struct found found;
    if (cli->n_words != 3)
        return fault_usage(cli, "get takes FILE PATH; PATH is as root.device_info.match_attr");
    enum cli_exit result = load(cli->words[1], &tree);
    if (result != CLI_OK)
        return result;
    result = follow(tree->root, cli->words[2], &found);
    if (result == CLI_OK)
        result = print_found(cli, &found);
    hcs_tree_destroy(tree);
    return result;
}

static const struct {
    const char *name;
    cli_command_fn run;
} verbs[] = {{"check", check}, {"get", get}, {"tree", show_tree}};

enum cli_exit command_hcs(struct cli *cli)
{
    for (size_t i = 0; cli->n_words > 0 && i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(cli->words[0], verbs[i].name) == 0)
            return verbs[i].run(cli);
    return fault_usage(cli, "takes check FILE..., tree FILE, or get FILE PATH");
}
