/*
 * viaduct phx mkdir, rm, mount, umount: what changes names.
 *
 * Mounting is one message to the server of the directory that is covered: what is found there from
 * then on. A device is first told to start its filesystem, and says where that has its root.
 */
#include <errno.h>
#include <string.h>

#include "gateway/cli/command_phx.h"
#include "gateway/cli/fault.h"

#define PERMISSIONS 0755u

enum cli_exit phx_mkdir(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_message message = {.type = PHOENIX_CREATE};
    char name[PHX_NAME_MAX + 1];
    (void)n_words;
    int32_t err = phx_find_parent(shell, words[0], &message.oid, name);
    if (err < 0)
        return phx_fail(shell, err);
    phx_set(&message, "otype", PHX_DIR);
    phx_set(&message, "mode", PHX_MODE_DIR | PERMISSIONS);
    phx_set_text(&message, name);
    return phx_result(shell, phx_send(shell, &message));
}

enum cli_exit phx_rm(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_message message = {.type = PHOENIX_UNLINK};
    struct phx_node node;
    char name[PHX_NAME_MAX + 1];
    (void)n_words;
    int32_t err = phx_find(shell, words[0], false, &node);
    if (err >= 0)
        err = phx_find_parent(shell, words[0], &message.oid, name);
    if (err < 0)
        return phx_fail(shell, err);
    phx_set_oid(&message, "ln", &node.fil);
    phx_set_text(&message, name);
    return phx_result(shell, phx_send(shell, &message));
}

/* ---- mount ---- */

/* Its filesystem is started; *rootp is where that begins. */
static int32_t start(struct phx_shell *shell, const struct phoenix_oid *device,
                     const struct phoenix_oid *covered, const char *fstype, const char *options,
                     struct phoenix_oid *rootp)
{
    struct phx_message message = {.type = PHOENIX_MOUNT, .oid = *device};
    phx_set_oid(&message, "mnt", covered);
    phx_set_chars(&message, "fstype", fstype);
    message.data = options; /* its NUL is not counted */
    message.size = strlen(options);
    int32_t err = phx_send(shell, &message);
    if (err >= 0)
        *rootp = phx_get_oid(&message, "oid");
    return err;
}

enum cli_exit phx_mount(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_node source, covered;
    int64_t type = PHX_DEVICE;
    const bool is_device = n_words > 2;
    if (is_device && strlen(words[2]) >= PHOENIX_CHARS_SIZE)
        return fault_usage(shell->cli, "mount: FSTYPE has at most 15 octets");
    int32_t err = phx_find(shell, words[0], true, &source);
    if (err < 0)
        return phx_fail(shell, err);
    if (!is_device) {
        err = phx_attribute(shell, &source.dev, "atType", &type);
        if (shell->status != VIA_OK)
            return phx_fail(shell, err);
        if (type != PHX_DIR)
            return fault_usage(shell->cli,
                               "mount: that is no directory; a device's filesystem has an FSTYPE: "
                               "mount DEVICE PATH FSTYPE [OPTIONS]");
    }
    shell->path = words[1];
    err = phx_find(shell, words[1], true, &covered);
    if (err >= 0 && phx_is_elsewhere(&covered))
        err = -EBUSY;
    if (err >= 0 && is_device) {
        shell->path = words[0];
        err = start(shell, &source.dev, &covered.fil, words[2], n_words > 3 ? words[3] : "",
                    &source.dev);
    }
    if (err < 0)
        return phx_fail(shell, err);
    shell->path = words[1];
    return phx_result(shell, phx_cover(shell, &covered.fil, &source.dev));
}

enum cli_exit phx_umount(struct phx_shell *shell, char **words, int n_words)
{
    struct phx_message message = {.type = PHOENIX_UMOUNT};
    struct phx_node node;
    (void)n_words;
    int32_t err = phx_find(shell, words[0], false, &node);
    if (err >= 0 && !phx_is_elsewhere(&node))
        err = -EINVAL;
    if (err >= 0)
        err = phx_cover(shell, &node.fil, &node.fil);
    if (err < 0)
        return phx_fail(shell, err);
    message.oid = node.dev;
    (void)phx_send(shell, &message); /* its server may be gone */
    return CLI_OK;
}
