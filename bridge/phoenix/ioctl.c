/*
 * A device's request in a mtDevCtl: i.raw begins with its number and its size; the argument stands
 * behind them if it fits, else in i.data; the answer in o.raw if it fits, else in o.data.
 *
 * Who sent it may have lied. Servers read the argument as the type that the request's number stands
 * for, so nothing is handed out whose size is less than the number says, or that is not there.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>

static bool is_whole(const msg_t *msg, const ioctl_in_t *in)
{
    if (in->size < IOCPARM_LEN(in->request))
        return false;
    if ((in->request & IOC_IN) != 0 && in->size > sizeof msg->i.raw - sizeof *in &&
        (msg->i.data == NULL || msg->i.size < in->size))
        return false;
    return (in->request & IOC_OUT) == 0 || in->size <= sizeof msg->o.raw ||
           (msg->o.data != NULL && msg->o.size >= in->size);
}

static const void *argument(const msg_t *msg, const ioctl_in_t *in)
{
    const unsigned char *behind = msg->i.raw + sizeof *in;
    if ((in->request & IOC_IN) != 0)
        return in->size <= sizeof msg->i.raw - sizeof *in ? behind : msg->i.data;
    const void *value = NULL; /* itself, of _IOV() */
    if ((in->request & IOC_OUT) == 0)
        memcpy(&value, behind, in->size < sizeof value ? in->size : sizeof value);
    return value;
}

const void *ioctl_unpackEx(msg_t *msg, unsigned long *request, id_t *id, void **response_buf)
{
    ioctl_in_t in;
    memcpy(&in, msg->i.raw, sizeof in);
    const bool is_sound = is_whole(msg, &in);
    if (request != NULL)
        *request = is_sound ? in.request : 0;
    if (id != NULL)
        *id = msg->oid.id;
    if (!is_sound)
        return NULL;

    const void *data = argument(msg, &in);
    if (response_buf != NULL && (in.request & IOC_OUT) != 0) {
        *response_buf = in.size <= sizeof msg->o.raw ? msg->o.raw : msg->o.data;
        if ((in.request & IOC_IN) != 0)
            memcpy(*response_buf, data, in.size);
    }
    return data;
}

const void *ioctl_unpack(msg_t *msg, unsigned long *request, id_t *id)
{
    return ioctl_unpackEx(msg, request, id, NULL);
}

void ioctl_setResponse(msg_t *msg, unsigned long request, int err, const void *data)
{
    const size_t size = IOCPARM_LEN(request);
    msg->o.err = err;
    if ((request & IOC_OUT) == 0 || data == NULL)
        return;
    if (size <= sizeof msg->o.raw)
        memmove(msg->o.raw, data, size);
    else if (msg->o.data != NULL && msg->o.size >= size)
        memmove(msg->o.data, data, size);
    else
        msg->o.err = -EINVAL;
}

pid_t ioctl_getSenderPid(const msg_t *msg)
{
    return (pid_t)msg->pid;
}
