/*
 * viaduct phx cat, put: what is in a file, out of it and into it, piece by piece.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "gateway/cli/command_phx.h"

#define PERMISSIONS 0644u /* of a file that is made */

static enum cli_exit fail_here(const char *name, int error)
{
    fprintf(stderr, "viaduct phx: %s: %s\n", name, strerror(error));
    return CLI_FAILED;
}

/* ---- cat ---- */

/* *writtenp: 0, or why what was read could not be printed. */
static int32_t print_all(struct phx_shell *shell, const struct phoenix_oid *oid, int *writtenp)
{
    static char chunk[PHX_CHUNK];
    int64_t offs = 0;
    int32_t n;
    while ((n = phx_read(&shell->asker, oid, PHX_RDONLY, offs, chunk, sizeof chunk)) > 0) {
        /* at once: a device may say more when it likes */
        if (fwrite(chunk, 1, (size_t)n, stdout) != (size_t)n || fflush(stdout) != 0) {
            *writtenp = errno;
            return 0;
        }
        offs += n;
    }
    return n;
}

enum cli_exit phx_cat(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_node node;
    int written = 0;
    (void)n_words;
    int32_t err = phx_find(&shell->asker, words[0], true, &node);
    if (err >= 0)
        err = phx_open(&shell->asker, &node.dev, PHX_RDONLY);
    if (err < 0)
        return phx_fail(shell, err);
    err = print_all(shell, &node.dev, &written);
    const int32_t closed = phx_close(&shell->asker, &node.dev, PHX_RDONLY, err);
    if (written != 0)
        return fail_here("cannot write the result", written);
    /* what was read is read, whatever a server says to the end of it */
    return phx_result(shell, err < 0 || shell->asker.status != VIA_OK ? closed : 0);
}

/* ---- put ---- */

static int32_t write_all(struct phx_shell *shell, const struct phoenix_oid *oid, int64_t offs,
                         const char *data, size_t size)
{
    for (size_t done = 0; done < size;) {
        int32_t n = phx_write(&shell->asker, oid, PHX_WRONLY, offs + (int64_t)done, data + done,
                              size - done);
        if (n < 0)
            return n;
        done += (size_t)n;
    }
    return 0;
}

/* *readp: 0, or why @file could not be read to its end. */
static int32_t copy_in(struct phx_shell *shell, FILE *file, const struct phoenix_oid *oid,
                       int *readp)
{
    static char chunk[PHX_CHUNK];
    int64_t offs = 0;
    int32_t err = 0;
    size_t n;
    while (err >= 0 && (n = fread(chunk, 1, sizeof chunk, file)) > 0) {
        err = write_all(shell, oid, offs, chunk, n);
        offs += (int64_t)n;
    }
    *readp = ferror(file) ? errno : 0;
    return err;
}

static int32_t create(struct phx_shell *shell, const char *path, struct phoenix_oid *oidp)
{
    struct phoenix_oid dir;
    char name[PHX_NAME_MAX + 1];
    int32_t err = phx_find_parent(&shell->asker, path, &dir, name);
    return err < 0 ? err
                   : phx_create(&shell->asker, &dir, name, PHX_FILE, PHX_MODE_FILE | PERMISSIONS,
                                NULL, oidp);
}

/* A file loses its content; anything else, such as a device, has none to lose. */
static int32_t empty(struct phx_shell *shell, const struct phx_node *node)
{
    int64_t type = PHX_DEVICE;
    int32_t err = phx_attribute(&shell->asker, &node->fil, "atType", &type);
    if (shell->asker.status != VIA_OK)
        return err;
    if (type == PHX_DIR)
        return -EISDIR;
    return type == PHX_FILE ? phx_truncate(&shell->asker, &node->dev, 0) : 0;
}

/* Waits for its first octet, before anything is made or lost at the server. 0, or why there is none
 * but for its end. */
static int begin(FILE *file)
{
    const int octet = getc(file);
    if (octet == EOF)
        return ferror(file) ? errno : 0;
    (void)ungetc(octet, file);
    return 0;
}

static enum cli_exit put(struct phx_shell *shell, const char *path, FILE *file, const char *name)
{
    struct phx_node node;
    int unread = begin(file);
    if (unread != 0)
        return fail_here(name, unread);
    int32_t err = phx_find(&shell->asker, path, true, &node);
    const bool is_new = err == -ENOENT;
    if (is_new)
        err = create(shell, path, &node.dev);
    if (err >= 0)
        err = phx_open(&shell->asker, &node.dev, PHX_WRONLY);
    if (err < 0)
        return phx_fail(shell, err);
    if (!is_new)
        err = empty(shell, &node);
    if (err >= 0)
        err = copy_in(shell, file, &node.dev, &unread);
    err = phx_close(&shell->asker, &node.dev, PHX_WRONLY, err);
    if (unread != 0)
        return fail_here(name, unread);
    return phx_result(shell, err);
}

enum cli_exit phx_put(struct phx_shell *shell, char **words, int n_words)
{
    const char *name = n_words > 1 ? words[1] : "-";
    if (strcmp(name, "-") == 0)
        return put(shell, words[0], stdin, "standard input");
    FILE *file = fopen(name, "re");
    if (file == NULL)
        return fail_here(name, errno);
    enum cli_exit result = put(shell, words[0], file, name);
    (void)fclose(file);
    return result;
}
