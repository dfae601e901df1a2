/*
 * The octets of the argument are the driver's and stay as they are, but for one that is passed by
 * value, which is a number.
 */
#include "codecs/phoenix_ioctl.h"

#include <string.h>

static size_t word_size(uint32_t abi)
{
    return phoenix_member_size(PHOENIX_WORD, abi);
}

size_t phoenix_ioctl_input_at(uint32_t abi)
{
    return 2 * word_size(abi);
}

uint32_t phoenix_ioctl_request(uint32_t abi, const uint8_t *raw)
{
    return (uint32_t)phoenix_get(PHOENIX_WORD, abi, raw);
}

void phoenix_ioctl_get(uint32_t abi, const uint8_t *raw, struct phoenix_ioctl *ioctlp)
{
    size_t at = phoenix_ioctl_input_at(abi);
    *ioctlp = (struct phoenix_ioctl){
        .request = phoenix_ioctl_request(abi, raw),
        .size = phoenix_get(PHOENIX_WORD, abi, raw + word_size(abi)),
        .room = PHOENIX_RAW_SIZE - at,
    };
    bool has_input = (ioctlp->request & PHOENIX_IOC_IN) != 0;
    if (phoenix_ioctl_is_value(ioctlp->request) || (has_input && ioctlp->size <= ioctlp->room))
        ioctlp->input = raw + at;
}

enum via_status phoenix_ioctl_put(uint32_t abi, uint8_t *raw, uint32_t request, uint64_t size)
{
    memset(raw, 0, PHOENIX_RAW_SIZE);
    (void)phoenix_put(PHOENIX_WORD, abi, raw, request);
    return phoenix_put(PHOENIX_WORD, abi, raw + word_size(abi), size) ? VIA_OK : VIA_INVALID;
}

/* Octets of an argument by value: at most a pointer. */
static size_t value_size(uint32_t abi, uint32_t request)
{
    size_t size = phoenix_ioctl_length(request);
    return size < word_size(abi) ? size : word_size(abi);
}

static enum via_status convert_value(uint32_t from, const uint8_t *input, uint32_t to, uint8_t *out,
                                     uint32_t request)
{
    size_t size = value_size(from, request), room = value_size(to, request);
    uint64_t value = phoenix_load(from, input, size);
    if (room < size) { /* a small negative one fits as well */
        uint64_t rest = value >> (8 * room - 1);
        if (value >> (8 * room) != 0 && rest != UINT64_MAX >> (64 - 8 * (size - room) - 1))
            return VIA_INVALID;
    }
    phoenix_store(to, out, room, value);
    return VIA_OK;
}

enum via_status phoenix_ioctl_convert(uint32_t from, const uint8_t *raw, uint32_t to, uint8_t *out,
                                      const void **datap, size_t *sizep, uint8_t *room)
{
    struct phoenix_ioctl ioctl;
    phoenix_ioctl_get(from, raw, &ioctl);
    uint8_t *input = out + phoenix_ioctl_input_at(to);
    size_t space = PHOENIX_RAW_SIZE - phoenix_ioctl_input_at(to);
    enum via_status status = phoenix_ioctl_put(to, out, ioctl.request, ioctl.size);
    if (status != VIA_OK)
        return status;
    if (phoenix_ioctl_is_value(ioctl.request))
        return convert_value(from, ioctl.input, to, input, ioctl.request);
    if ((ioctl.request & PHOENIX_IOC_IN) == 0)
        return VIA_OK;
    if (ioctl.input != NULL && ioctl.size > space) { /* out of i.raw */
        memcpy(room, ioctl.input, (size_t)ioctl.size);
        room[ioctl.size] = 0;
        *datap = room;
        *sizep = (size_t)ioctl.size;
    } else if (ioctl.input != NULL) {
        memcpy(input, ioctl.input, (size_t)ioctl.size);
    } else if (ioctl.size <= space && ioctl.size == *sizep) { /* into it */
        memcpy(input, *datap, *sizep);
        *datap = NULL;
        *sizep = 0;
    }
    return VIA_OK;
}
