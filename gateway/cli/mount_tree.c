/*
 * The inodes that the kernel knows, by what they stand for. One is there until the kernel has
 * forgotten it as often as it was told of it. The root is always there; where its server ends, its
 * path may lead to another one later.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/cli/mount.h"

#define BUCKETS_FIRST 64u
#define ERRNO_LAST                                                                                 \
    133 /* of Linux; what the kernel would not take would leave a program waiting                  \
         */

struct mount_inode {
    struct mount_inode *next; /* in its bucket */
    struct phx_node node;
    enum phx_origin origin;
    char *path; /* owned; NULL: no names are registered below it */
    uint64_t n_counts;
    int64_t size;
    bool is_device;
};

struct mount_tree {
    struct mount_options options;
    struct mount_registry *registry; /* owned */
    char *path;                      /* owned */
    pthread_mutex_t lock;            /* of all below */
    struct mount_inode root;
    struct mount_inode **buckets; /* owned */
    size_t n_buckets, n_inodes;
};

/* ---- one operation ---- */

void mount_visit_begin(struct mount_visit *visit, struct mount_tree *tree, struct via_queue *queue)
{
    visit->tree = tree;
    visit->asker = (struct phx_asker){
        .node = tree->options.node,
        .queue = queue,
        .timeout_ms = tree->options.timeout_ms,
        .status = VIA_OK,
    };
}

static int errno_of(enum via_status status)
{
    switch ((int)status) {
    case VIA_TIMEOUT:
        return ETIMEDOUT;
    case VIA_DENIED:
        return EACCES;
    case VIA_CANCELLED:
        return EINTR;
    case VIA_NO_MEMORY:
        return ENOMEM;
    case VIA_BUSY:
        return EBUSY;
    default:
        return EIO;
    }
}

int mount_visit_result(const struct mount_visit *visit, int32_t err)
{
    if (err >= 0)
        return 0;
    if (visit->asker.status != VIA_OK)
        return -errno_of(visit->asker.status);
    if (err == -ENOSYS) /* the kernel would take it for a word about all files */
        return -EOPNOTSUPP;
    return err < -ERRNO_LAST ? -EIO : err;
}

/* ---- inodes ---- */

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

static uint64_t hash_of(const struct phx_node *node, enum phx_origin origin, const char *path)
{
    uint64_t hash = origin == PHX_OF_NAMES;
    if (origin != PHX_OF_NAMES) {
        hash = mix(hash, node->fil.port);
        hash = mix(hash, node->fil.id);
        hash = mix(hash, node->dev.port);
        return mix(hash, node->dev.id);
    }
    while (*path != '\0')
        hash = mix(hash, (unsigned char)*path++);
    return hash;
}

static struct mount_inode **bucket_of(struct mount_tree *tree, const struct mount_inode *inode)
{
    const uint64_t hash = hash_of(&inode->node, inode->origin, inode->path);
    return &tree->buckets[hash % tree->n_buckets];
}

static bool is_it(const struct mount_inode *inode, const struct mount_place *place)
{
    const bool of_names = place->origin == PHX_OF_NAMES;
    if ((inode->origin == PHX_OF_NAMES) != of_names)
        return false;
    if (of_names)
        return strcmp(inode->path, place->path) == 0;
    return phx_is_same(&inode->node.fil, &place->node.fil) &&
           phx_is_same(&inode->node.dev, &place->node.dev);
}

/* Keeps what it has if there is no memory. */
static void set_path(struct mount_inode *inode, const struct mount_place *place)
{
    if (!place->has_path) {
        free(inode->path);
        inode->path = NULL;
        return;
    }
    if (inode->path != NULL && strcmp(inode->path, place->path) == 0)
        return;
    char *path = strdup(place->path);
    if (path == NULL)
        return;
    free(inode->path);
    inode->path = path;
}

static void grow_locked(struct mount_tree *tree)
{
    const size_t n = tree->n_buckets * 4;
    struct mount_inode **buckets = calloc(n, sizeof(struct mount_inode *)), **former;
    if (buckets == NULL)
        return; /* they get longer */
    former = tree->buckets;
    const size_t n_former = tree->n_buckets;
    tree->buckets = buckets;
    tree->n_buckets = n;
    for (size_t i = 0; i < n_former; i++) {
        for (struct mount_inode *inode = former[i], *next; inode != NULL; inode = next) {
            next = inode->next;
            struct mount_inode **bucket = bucket_of(tree, inode);
            inode->next = *bucket;
            *bucket = inode;
        }
    }
    free(former);
}

static struct mount_inode *add_locked(struct mount_tree *tree, const struct mount_place *place)
{
    struct mount_inode *inode = calloc(1, sizeof *inode);
    if (inode == NULL)
        return NULL;
    inode->node = place->node;
    inode->origin = place->origin;
    set_path(inode, place);
    if (place->origin == PHX_OF_NAMES && inode->path == NULL) {
        free(inode);
        return NULL;
    }
    if (tree->n_inodes >= tree->n_buckets * 2)
        grow_locked(tree);
    struct mount_inode **bucket = bucket_of(tree, inode);
    inode->next = *bucket;
    *bucket = inode;
    tree->n_inodes++;
    return inode;
}

struct mount_inode *mount_inode_take(struct mount_tree *tree, const struct mount_place *place)
{
    const uint64_t hash = hash_of(&place->node, place->origin, place->path);
    (void)pthread_mutex_lock(&tree->lock);
    struct mount_inode *inode = tree->buckets[hash % tree->n_buckets];
    while (inode != NULL && !is_it(inode, place))
        inode = inode->next;
    if (inode == NULL)
        inode = add_locked(tree, place);
    else if (inode->origin != PHX_OF_NAMES) /* its path is what it is found by */
        set_path(inode, place);
    if (inode != NULL)
        inode->n_counts++;
    (void)pthread_mutex_unlock(&tree->lock);
    return inode;
}

static void free_inode(struct mount_inode *inode)
{
    free(inode->path);
    free(inode);
}

void mount_inode_forget(struct mount_tree *tree, struct mount_inode *inode, uint64_t n)
{
    if (inode == &tree->root)
        return;
    (void)pthread_mutex_lock(&tree->lock);
    inode->n_counts -= n < inode->n_counts ? n : inode->n_counts;
    if (inode->n_counts == 0) {
        struct mount_inode **at = bucket_of(tree, inode);
        while (*at != inode)
            at = &(*at)->next;
        *at = inode->next;
        tree->n_inodes--;
        free_inode(inode);
    }
    (void)pthread_mutex_unlock(&tree->lock);
}

void mount_inode_place(struct mount_tree *tree, struct mount_inode *inode,
                       struct mount_place *place)
{
    (void)pthread_mutex_lock(&tree->lock);
    place->node = inode->node;
    place->origin = inode->origin;
    place->has_path = inode->path != NULL;
    if (inode->path != NULL)
        memcpy(place->path, inode->path, strlen(inode->path) + 1);
    (void)pthread_mutex_unlock(&tree->lock);
}

void mount_inode_note(struct mount_tree *tree, struct mount_inode *inode, const struct stat *stat,
                      bool is_device)
{
    (void)pthread_mutex_lock(&tree->lock);
    inode->size = stat->st_size;
    inode->is_device = is_device;
    (void)pthread_mutex_unlock(&tree->lock);
}

bool mount_inode_is_device(struct mount_tree *tree, const struct mount_inode *inode, int64_t *sizep)
{
    (void)pthread_mutex_lock(&tree->lock);
    const bool is_device = inode->is_device;
    *sizep = inode->size;
    (void)pthread_mutex_unlock(&tree->lock);
    return is_device;
}

/* ---- the root ---- */

int32_t mount_root_renew(struct mount_visit *visit)
{
    struct mount_tree *tree = visit->tree;
    struct phx_node node = {.fil = {.port = 0}};
    struct phoenix_oid oid;
    bool are_below = false;
    int32_t err = phx_find(&visit->asker, tree->path, true, &node);
    if (visit->asker.status != VIA_OK)
        return err;
    (void)mount_registry_find(tree->registry, tree->path, &oid, &are_below);
    if (err < 0 && (err != -ENOENT || !are_below))
        return err;
    (void)pthread_mutex_lock(&tree->lock);
    tree->root.node = node;
    tree->root.origin = err < 0 ? PHX_OF_NAMES : PHX_OF_SERVER;
    (void)pthread_mutex_unlock(&tree->lock);
    return 0;
}

/* ---- the whole ---- */

/* Without slashes at its end. */
static char *tidy(const char *path)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    return strndup(path, size);
}

static int fill(struct mount_tree *tree, const struct mount_options *options,
                struct phx_asker *askerp)
{
    struct mount_visit visit;
    struct stat stat;
    if (tree->buckets == NULL || tree->path == NULL || tree->root.path == NULL)
        return -ENOMEM;
    if (strlen(tree->path) >= PHX_PATH_MAX)
        return -ENAMETOOLONG;
    askerp->status = mount_registry_create(&tree->registry, options->node);
    if (askerp->status != VIA_OK)
        return -EIO;
    mount_visit_begin(&visit, tree, NULL);
    int32_t err = mount_root_renew(&visit);
    if (err >= 0)
        err = mount_getattr(&visit, &tree->root, &stat);
    *askerp = visit.asker;
    if (err >= 0 && !S_ISDIR(stat.st_mode))
        err = -ENOTDIR;
    return err;
}

int mount_tree_create(struct mount_tree **treep, const struct mount_options *options,
                      struct phx_asker *askerp)
{
    *askerp = (struct phx_asker){.status = VIA_OK};
    struct mount_tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL)
        return -ENOMEM;
    tree->options = *options;
    (void)pthread_mutex_init(&tree->lock, NULL);
    tree->n_buckets = BUCKETS_FIRST;
    tree->buckets = calloc(tree->n_buckets, sizeof(struct mount_inode *));
    tree->path = tidy(options->path);
    tree->root.path = tidy(options->path);
    int err = fill(tree, options, askerp);
    if (err < 0) {
        (void)mount_tree_destroy(tree);
        return err;
    }
    *treep = tree;
    return 0;
}

struct mount_tree *mount_tree_destroy(struct mount_tree *tree)
{
    if (tree == NULL)
        return NULL;
    (void)mount_registry_destroy(tree->registry);
    for (size_t i = 0; tree->buckets != NULL && i < tree->n_buckets; i++) {
        for (struct mount_inode *inode = tree->buckets[i], *next; inode != NULL; inode = next) {
            next = inode->next;
            free_inode(inode);
        }
    }
    free(tree->buckets);
    free(tree->path);
    free(tree->root.path);
    (void)pthread_mutex_destroy(&tree->lock);
    free(tree);
    return NULL;
}

struct mount_inode *mount_tree_root(struct mount_tree *tree)
{
    return &tree->root;
}

size_t mount_tree_n_inodes(struct mount_tree *tree)
{
    (void)pthread_mutex_lock(&tree->lock);
    const size_t n = tree->n_inodes;
    (void)pthread_mutex_unlock(&tree->lock);
    return n;
}

const struct mount_options *mount_tree_options(const struct mount_tree *tree)
{
    return &tree->options;
}

struct mount_registry *mount_tree_registry(struct mount_tree *tree)
{
    return tree->registry;
}
