/*
 * Requests of devices: the argument stands in i.raw behind its head if it fits, else in i.data; the
 * answer in o.raw if it fits, else in o.data, which begins as the argument.
 */
#include <errno.h>
#include <phoenix/files.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bridge/phoenix/file.h"
#include "bridge/phoenix/question.h"

int ioctl(int fd, unsigned long request, ...); /* libc's; its header is not ours */

#define TCGETS 0x405c7401ul /* of that system: its size is that of its struct termios */

/* @argument: where it is, or with _IOV() what it is. */
static int ask(const oid_t *oid, unsigned long request, void *argument)
{
    msg_t msg = {.type = mtDevCtl, .oid = *oid};
    const size_t size = IOCPARM_LEN(request);
    const ioctl_in_t head = {.request = request, .size = size};
    unsigned char *behind = msg.i.raw + sizeof head;
    const bool has_in = (request & IOC_IN) != 0, has_out = (request & IOC_OUT) != 0;
    if ((request & IOC_NESTED) != 0) /* structures that are elsewhere would stay there */
        return -ENOSYS;
    if ((has_in || has_out) && size > 0 && argument == NULL)
        return -EFAULT;
    memcpy(msg.i.raw, &head, sizeof head);
    if (has_in && size <= sizeof msg.i.raw - sizeof head) {
        memcpy(behind, argument, size);
    } else if (has_in) {
        msg.i.data = argument;
        msg.i.size = size;
    } else if (!has_out && size > 0) {
        memcpy(behind, &argument, size < sizeof argument ? size : sizeof argument);
    }
    void *answer = NULL;
    if (has_out && size > sizeof msg.o.raw) {
        answer = calloc(1, size);
        if (answer == NULL)
            return -ENOMEM;
        msg.o.data = answer;
        msg.o.size = size;
    }
    int result = msgSend(oid->port, &msg);
    if (result == 0)
        result = question_answer(&msg);
    if (result >= 0 && has_out && size > 0)
        memcpy(argument, answer != NULL ? answer : msg.o.raw, size);
    free(answer);
    return result;
}

int phoenix_ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    struct file *file = file_get(fd);
    if (file == NULL)
        return ioctl(fd, request, argument);
    int result = ask(&file->oid, request, argument);
    (void)file_unref(file);
    return set_errno(result);
}

int phoenix_isatty(int fd)
{
    unsigned char termios[IOCPARM_LEN(TCGETS)];
    struct file *file = file_get(fd);
    if (file == NULL)
        return isatty(fd);
    const bool is_terminal = ask(&file->oid, TCGETS, termios) >= 0;
    (void)file_unref(file);
    if (!is_terminal)
        errno = ENOTTY;
    return is_terminal ? 1 : 0;
}
