/*
 * Handles: 20 bits of slot, 12 bits of generation above them. Slot 0 is never given out: handle 0
 * is a gateway's directory as the object of a CALL, and no object at all in a reference.
 */
#pragma once

#include <stdint.h>

#define HANDLE_SLOT_BITS 20u
#define HANDLE_SLOTS (1u << HANDLE_SLOT_BITS)
#define HANDLE_GENERATIONS (1u << (32u - HANDLE_SLOT_BITS))

static inline uint32_t handle_number(uint32_t slot, uint32_t generation)
{
    return generation << HANDLE_SLOT_BITS | slot;
}

static inline uint32_t handle_slot(uint32_t number)
{
    return number & (HANDLE_SLOTS - 1);
}

static inline uint32_t handle_generation(uint32_t number)
{
    return number >> HANDLE_SLOT_BITS;
}
