/*
 * Five errors have other numbers in Phoenix. So that none is taken for another on the way there and
 * back, the numbers that these leave free stand for those of Linux that they drove out.
 */
#include "codecs/phoenix_errno.h"

#include <stddef.h>

static const struct {
    int32_t phoenix_number, linux_number;
} pairs[] = {
    {35, 38},  /* ENOSYS */
    {37, 62},  /* ETIME */
    {38, 35},  /* EDEADLK */
    {66, 77},  /* EBADFD */
    {116, 37}, /* ENOLCK */
    {77, 66},  /* EREMOTE, which Phoenix does not have */
    {62, 116}, /* ESTALE, which it does not have either */
};

int32_t phoenix_errno_to_linux(int32_t err)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (err == -pairs[i].phoenix_number)
            return -pairs[i].linux_number;
    return err;
}

int32_t phoenix_errno_from_linux(int32_t err)
{
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (err == -pairs[i].linux_number)
            return -pairs[i].phoenix_number;
    return err;
}
