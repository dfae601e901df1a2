/*
 * The table of members: what it says of each ABI must be what a C compiler makes of the original's
 * structures there, and its ports must be those that are known to be ports, and no others.
 */
#include <cmocka.h>
#include <stdio.h>

#include "codecs/phoenix_fields.h"
#include "tests/unit/codecs/phoenix_octets.h"

static const struct phoenix_struct *in(int32_t type)
{
    return &phoenix_type_of(type)->in;
}

static const struct phoenix_struct *out(int32_t type)
{
    return &phoenix_type_of(type)->out;
}

static void members_stand_where_a_compiler_puts_them(void **state)
{
    (void)state;
    static const struct {
        int32_t type;
        bool is_out;
        size_t member;
        size_t at[N_ABIS];
    } places[] = {
        {PHOENIX_OPEN, false, 0, {0, 0, 0, 0, 0}},
        {PHOENIX_READ, false, 0, {0, 0, 0, 0, 0}},
        {PHOENIX_READ, false, 1, {8, 8, 8, 8, 8}},
        {PHOENIX_READ, false, 2, {16, 12, 12, 12, 12}},
        {PHOENIX_CREATE, false, 1, {4, 4, 4, 4, 4}},
        {PHOENIX_CREATE, false, 2, {8, 8, 8, 8, 8}},
        {PHOENIX_SETATTR, false, 1, {8, 8, 8, 8, 8}},
        {PHOENIX_MOUNT, false, 1, {16, 12, 16, 8, 8}},
        {PHOENIX_MOUNT, false, 2, {24, 16, 20, 12, 12}},
        {PHOENIX_LOOKUP, true, 1, {16, 12, 16, 8, 8}},
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (size_t abi = 0; abi < N_ABIS; abi++) {
            const struct phoenix_struct *structure =
                places[i].is_out ? out(places[i].type) : in(places[i].type);
            assert_int_equal(phoenix_member_at(structure, places[i].member, abis[abi].abi),
                             places[i].at[abi]);
        }
}

/* As programs have them that are compiled here. */
struct own_oid {
    uint32_t port;
    uint64_t id;
};
struct own_create {
    int type;
    unsigned mode;
    struct own_oid dev;
};
struct own_io {
    int64_t offs;
    size_t len;
    unsigned mode;
};
struct own_mount {
    struct own_oid mnt;
    unsigned long mode;
    char fstype[16];
};

static void the_hosts_abi_is_this_compilers(void **state)
{
    (void)state;
    const uint32_t abi = PHOENIX_ABI_HOST;
    assert_int_equal(phoenix_member_size(PHOENIX_OID, abi), sizeof(struct own_oid));
    assert_int_equal(phoenix_member_at(in(PHOENIX_CREATE), 2, abi),
                     offsetof(struct own_create, dev));
    assert_int_equal(phoenix_struct_size(in(PHOENIX_CREATE), abi), sizeof(struct own_create));
    assert_int_equal(phoenix_member_at(in(PHOENIX_READ), 2, abi), offsetof(struct own_io, mode));
    assert_int_equal(phoenix_struct_size(in(PHOENIX_READ), abi), sizeof(struct own_io));
    assert_int_equal(phoenix_member_at(in(PHOENIX_MOUNT), 2, abi),
                     offsetof(struct own_mount, fstype));
    const struct own_io io = {.offs = -2, .len = 3};
    const uint8_t *octets = (const uint8_t *)&io;
    assert_true(phoenix_get(PHOENIX_I64, abi, octets) == (uint64_t)INT64_C(-2));
    assert_int_equal(phoenix_get(PHOENIX_WORD, abi, octets + offsetof(struct own_io, len)), 3);
}

static void structures_have_their_sizes(void **state)
{
    (void)state;
    static const struct {
        enum phoenix_data data;
        size_t n;
        size_t sizes[N_ABIS];
    } structures[] = {
        {PHOENIX_ATTR, 1, {16, 12, 16, 8, 8}},     {PHOENIX_ATTRS, 15, {16, 12, 16, 16, 16}},
        {PHOENIX_DIRENT, 1, {16, 16, 16, 16, 16}}, {PHOENIX_STATVFS, 1, {88, 68, 72, 72, 72}},
        {PHOENIX_NAME, 0, {0, 0, 0, 0, 0}},
    };
    for (size_t i = 0; i < sizeof structures / sizeof *structures; i++) {
        const struct phoenix_struct *structure = phoenix_struct_of(structures[i].data);
        assert_int_equal(structure->n, structures[i].n);
        for (size_t abi = 0; abi < N_ABIS; abi++) {
            size_t size = phoenix_struct_size(structure, abis[abi].abi);
            assert_int_equal(size, structures[i].sizes[abi]);
            assert_true(structure->n * size <= PHOENIX_STRUCT_MAX);
        }
    }
}

static void every_structure_has_its_room(void **state)
{
    (void)state;
    for (int data = PHOENIX_OCTETS; data <= PHOENIX_STATVFS; data++)
        for (uint32_t abi = 0; abi <= PHOENIX_ABI_MASK; abi += PHOENIX_ABI_WORD32) {
            const struct phoenix_struct *structure = phoenix_struct_of((enum phoenix_data)data);
            assert_true(structure->n * phoenix_struct_size(structure, abi) <= PHOENIX_STRUCT_MAX);
        }
    for (int32_t type = 0; type <= PHOENIX_MOUNT_POINT; type++)
        for (uint32_t abi = 0; abi <= PHOENIX_ABI_MASK; abi += PHOENIX_ABI_WORD32) {
            assert_true(phoenix_struct_size(in(type), abi) <= PHOENIX_RAW_SIZE);
            assert_true(phoenix_struct_size(out(type), abi) <= PHOENIX_RAW_SIZE);
        }
}

/* One line for each port in @structure. */
static void say_ports(char *lines, size_t size, const char *type, const char *part,
                      const struct phoenix_struct *structure)
{
    for (size_t i = 0; i < structure->n_members; i++) {
        size_t used = strlen(lines);
        if (structure->members[i].kind == PHOENIX_OID)
            (void)snprintf(lines + used, size - used, "%s %s %zu\n", type, part,
                           phoenix_member_at(structure, i, PHOENIX_ABI_LP64));
    }
}

static void ports_are_these_alone(void **state)
{
    (void)state;
    char lines[1024] = "";
    for (int32_t number = 0; number <= PHOENIX_MOUNT_POINT; number++) {
        const struct phoenix_type *type = phoenix_type_of(number);
        if (type->name == NULL)
            continue;
        say_ports(lines, sizeof lines, type->name, "i.raw", &type->in);
        say_ports(lines, sizeof lines, type->name, "o.raw", &type->out);
        say_ports(lines, sizeof lines, type->name, "i.data", phoenix_struct_of(type->in_data));
        say_ports(lines, sizeof lines, type->name, "o.data", phoenix_struct_of(type->out_data));
    }
    assert_string_equal(lines, "mtCreate i.raw 8\n"
                               "mtCreate o.raw 0\n"
                               "mtSetAttr i.data 0\n"
                               "mtLookup o.raw 0\n"
                               "mtLookup o.raw 16\n"
                               "mtLink i.raw 0\n"
                               "mtUnlink i.raw 0\n"
                               "mtMount i.raw 0\n"
                               "mtMount o.raw 0\n"
                               "mtSync i.raw 0\n"
                               "mtMountPoint o.raw 0\n");
}

static void types_are_found_by_number_and_name(void **state)
{
    (void)state;
    assert_string_equal(phoenix_type_of(11)->name, "mtLookup");
    assert_string_equal(phoenix_type_of(0xf53)->name, "mtStat");
    assert_null(phoenix_type_of(15)->name);
    assert_null(phoenix_type_of(0x50c30000)->name);
    assert_null(phoenix_type_of(-1)->name);
    assert_int_equal(phoenix_type_named("mtReaddir", 9)->number, 14);
    assert_null(phoenix_type_named("mtRead", 5));
    assert_null(phoenix_type_named("mtread", 6));
    assert_null(phoenix_type_named("", 0));
}

static void numbers_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    uint8_t octets[16] = {0xaa};
    assert_false(phoenix_put(PHOENIX_WORD, PHOENIX_ABI_IA32, octets, UINT64_C(1) << 32));
    assert_false(phoenix_put(PHOENIX_U32, PHOENIX_ABI_LP64, octets, UINT64_MAX));
    assert_false(phoenix_put(PHOENIX_I32, PHOENIX_ABI_LP64, octets, UINT64_C(0x80000000)));
    assert_false(phoenix_put(PHOENIX_U16, PHOENIX_ABI_LP64, octets, 65536));
    const struct phoenix_oid large = {.port = 1, .id = UINT64_C(1) << 32};
    assert_false(phoenix_put_oid(PHOENIX_ABI_ARMV7M, octets, &large));
    assert_int_equal(octets[0], 0xaa);

    assert_true(phoenix_put(PHOENIX_I32, PHOENIX_ABI_LP64, octets, (uint64_t)INT64_C(-2)));
    assert_true(phoenix_get(PHOENIX_I32, PHOENIX_ABI_LP64, octets) == (uint64_t)INT64_C(-2));
    assert_true(phoenix_put(PHOENIX_WORD, PHOENIX_ABI_LP64, octets, UINT64_MAX));
    assert_true(phoenix_get(PHOENIX_WORD, PHOENIX_ABI_LP64, octets) == UINT64_MAX);
    assert_true(phoenix_put(PHOENIX_U16, PHOENIX_ABI_SPARCV8LEON, octets, 0x1234));
    assert_int_equal(octets[0], 0x12);
}

static void an_oid_has_zeros_as_padding(void **state)
{
    (void)state;
    uint8_t octets[16], expected[16];
    const struct phoenix_oid oid = {.port = 7, .id = 9};
    memset(octets, 0xff, sizeof octets);
    assert_true(phoenix_put_oid(PHOENIX_ABI_LP64, octets, &oid));
    (void)octets_of("07000000 00000000 09000000 00000000", expected, sizeof expected);
    assert_memory_equal(octets, expected, sizeof expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_stand_where_a_compiler_puts_them),
        cmocka_unit_test(the_hosts_abi_is_this_compilers),
        cmocka_unit_test(structures_have_their_sizes),
        cmocka_unit_test(every_structure_has_its_room),
        cmocka_unit_test(ports_are_these_alone),
        cmocka_unit_test(types_are_found_by_number_and_name),
        cmocka_unit_test(numbers_that_do_not_fit_are_refused),
        cmocka_unit_test(an_oid_has_zeros_as_padding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
