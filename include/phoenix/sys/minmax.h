/*
 * Phoenix-RTOS: the lesser and the greater of two, each evaluated once. Not for C++, whose own
 * library has functions of these names.
 *
 * Source: docs/phoenix.md, "Containers"; the system's sys/minmax.h.
 */
#pragma once

#ifndef __cplusplus

#define max(a, b)                                                                                  \
    __extension__({                                                                                \
        __typeof__(a) max_a_ = (a);                                                                \
        __typeof__(b) max_b_ = (b);                                                                \
        max_a_ > max_b_ ? max_a_ : max_b_;                                                         \
    })

#define min(a, b)                                                                                  \
    __extension__({                                                                                \
        __typeof__(a) min_a_ = (a);                                                                \
        __typeof__(b) min_b_ = (b);                                                                \
        min_a_ < min_b_ ? min_a_ : min_b_;                                                         \
    })

#endif
