/*
 * Numbers: whatever is written is read back bit by bit, whatever the locale; the C library is the
 * witness of what a text means.
 */
#include <cmocka.h>
#include <fcntl.h>
#include <float.h>
#include <ftw.h>
#include <locale.h>
#include <math.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "codecs/json_number.h"
#include "tests/unit/codecs/seed.h"

static double f64_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof bits);
    return value;
}

static uint64_t bits_of_f64(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static uint32_t bits_of_f32(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static void check_f64(double value)
{
    uint8_t text[JSON_NUMBER_ROOM];
    size_t size = json_number_put_f64(value, text);
    double back = 0;
    bool taken = text[0] == '"' ? json_number_named_f64((char *)text + 1, size - 2, &back)
                                : json_number_f64((char *)text, size, &back);
    if (!taken || bits_of_f64(back) != bits_of_f64(value))
        fail_msg("%a became %.*s", value, (int)size, (char *)text);
}

static void check_f32(float value)
{
    uint8_t text[JSON_NUMBER_ROOM];
    size_t size = json_number_put_f32(value, text);
    float back = 0;
    bool taken = text[0] == '"' ? json_number_named_f32((char *)text + 1, size - 2, &back)
                                : json_number_f32((char *)text, size, &back);
    if (!taken || bits_of_f32(back) != bits_of_f32(value))
        fail_msg("%a became %.*s", (double)value, (int)size, (char *)text);
}

static void any_f64_comes_back_bit_by_bit(void **state)
{
    (void)state;
    static const uint64_t special[] = {
        0,
        UINT64_C(0x8000000000000000), /* -0 */
        1,                            /* the smallest */
        UINT64_C(0x000fffffffffffff), /* the largest that is denormal */
        UINT64_C(0x0010000000000000),
        UINT64_C(0x7fefffffffffffff), /* DBL_MAX */
        UINT64_C(0x7ff0000000000000), /* infinity */
        UINT64_C(0xfff0000000000000),
        UINT64_C(0x7ff8000000000000), /* NaN */
        UINT64_C(0xfff8000000000000),
        UINT64_C(0x7ff0000000000001), /* a signalling one */
        UINT64_C(0xffffffffffffffff),
    };
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++)
        check_f64(f64_of_bits(special[i]));
    struct seed seed = seed_start(__func__);
    for (int i = 0; i < 100000; i++)
        check_f64(f64_of_bits(seed_next(&seed)));
    for (int i = 0; i < 100000; i++) /* as of a sensor: few digits */
        check_f64(((double)seed_below(&seed, 2000000) - 1e6) / pow(10, seed_below(&seed, 9)));
}

static void any_f32_comes_back_bit_by_bit(void **state)
{
    (void)state;
    struct seed seed = seed_start(__func__);
    for (int i = 0; i < 200000; i++) {
        uint32_t bits = (uint32_t)seed_next(&seed);
        float value;
        memcpy(&value, &bits, sizeof bits);
        check_f32(value);
        check_f32((float)((double)seed_below(&seed, 2000000) - 1e6) /
                  (float)pow(10, seed_below(&seed, 9)));
    }
    check_f32(0.0f);
    check_f32(-0.0f);
    check_f32(FLT_MAX);
    check_f32(FLT_TRUE_MIN);
    check_f32(FLT_MIN);
}

static void is_written_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } numbers[] = {
        {0, "0"},
        {-0.0, "-0"},
        {2, "2"},
        {21.5, "21.5"},
        {0.1, "0.1"},
        {-0.00001, "-0.00001"},
        {3.14159, "3.14159"},
        {1e15, "1e+15"},
        {123456789012345.0, "123456789012345"},
        {1e300, "1e+300"},
        {5e-324, "5e-324"},
        {0.30000000000000004, "0.30000000000000004"},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint8_t text[JSON_NUMBER_ROOM + 1];
        text[json_number_put_f64(numbers[i].value, text)] = '\0';
        assert_string_equal((char *)text, numbers[i].text);
    }
    uint8_t text[JSON_NUMBER_ROOM + 1];
    text[json_number_put_f32(0.1f, text)] = '\0';
    assert_string_equal((char *)text, "0.1");
    text[json_number_put_f32(16777216.0f, text)] = '\0';
    assert_string_equal((char *)text, "16777216");
}

/* The exact path and the C library's agree, also where a second rounding could show. */
static void reads_as_the_c_library_does(void **state)
{
    (void)state;
    struct seed seed = seed_start(__func__);
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t digits = seed_next(&seed) >> seed_below(&seed, 60);
        int size = snprintf(text, sizeof text, "%s%llu.%ue%d", seed_below(&seed, 2) ? "-" : "",
                            (unsigned long long)digits, seed_below(&seed, 100),
                            (int)seed_below(&seed, 60) - 30);
        double f64 = 0;
        float f32 = 0;
        assert_true(json_number_f64(text, (size_t)size, &f64));
        assert_int_equal(bits_of_f64(f64), bits_of_f64(strtod(text, NULL)));
        if (json_number_f32(text, (size_t)size, &f32))
            assert_int_equal(bits_of_f32(f32), bits_of_f32(strtof(text, NULL)));
        else
            assert_true(isinf(strtof(text, NULL)));
    }
    /* Just above the middle of two floats: rounded to a double first, it would fall on it. */
    static const char middle[] = "1.00000005960464477539062500000000000001";
    float value = 0;
    assert_true(json_number_f32(middle, sizeof middle - 1, &value));
    assert_int_equal(bits_of_f32(value), bits_of_f32(strtof(middle, NULL)));
}

/* A locale of our own with a comma, as no machine is sure to have one. */
static void make_locale(const char *folder)
{
    char source[64];
    char output[64];
    (void)snprintf(source, sizeof source, "%s/source", folder);
    (void)snprintf(output, sizeof output, "%s/comma", folder);
    FILE *file = fopen(source, "w");
    assert_non_null(file);
    assert_true(fputs("LC_NUMERIC\ndecimal_point \",\"\nthousands_sep \"\"\ngrouping -1\n"
                      "END LC_NUMERIC\n",
                      file) >= 0);
    assert_int_equal(fclose(file), 0);

    char program[] = "localedef";
    char options[3][8] = {"-c", "--force", "-i"};
    char *arguments[] = {program, options[0], options[1], options[2], source, output, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = 0;
    assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0), 0);
    assert_int_equal(posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0), 0);
    if (posix_spawnp(&pid, arguments[0], &actions, NULL, arguments, environ) == 0)
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    assert_int_equal(posix_spawn_file_actions_destroy(&actions), 0);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void a_locale_changes_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/viaduct-locale-XXXXXX";
    assert_non_null(mkdtemp(folder));
    make_locale(folder);
    assert_int_equal(setenv("LOCPATH", folder, 1), 0);
    bool there = setlocale(LC_NUMERIC, "comma") != NULL;
    if (there) {
        assert_string_equal(localeconv()->decimal_point, ",");
        check_f64(1.0 / 3);
        check_f64(1.5e-300);
        check_f32(1.0f / 3);
        uint8_t text[JSON_NUMBER_ROOM + 1];
        text[json_number_put_f64(1.5e-300, text)] = '\0';
        assert_string_equal((char *)text, "1.5e-300");
        assert_non_null(setlocale(LC_NUMERIC, "C"));
    }
    assert_int_equal(nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
    if (!there)
        skip(); /* localedef lacks its character maps here */
}

static void what_is_too_large_is_refused_and_too_small_is_zero(void **state)
{
    (void)state;
    double f64 = 7;
    float f32 = 7;
    assert_false(json_number_f64("1e309", 5, &f64));
    assert_false(json_number_f64("-1e999999999", 12, &f64));
    assert_false(json_number_f32("1e39", 4, &f32));
    assert_false(json_number_f32("3.5e38", 6, &f32));
    assert_true(json_number_f64("1e-999", 6, &f64));
    assert_true(f64 == 0);
    assert_true(json_number_f32("1e-60", 5, &f32));
    assert_true(f32 == 0);
    assert_true(json_number_f64("0e999", 5, &f64));
    assert_true(f64 == 0);
}

static void names_are_spelt_exactly(void **state)
{
    (void)state;
    static const char *const bad[] = {"nan",
                                      "inf",
                                      "+Infinity",
                                      "-NaN",
                                      "NaN:",
                                      "",
                                      "NaN:7ff8",
                                      "NaN:7FF8000000000001",
                                      "NaN:7ff0000000000000",
                                      "NaN:0000000000000001",
                                      "NaN:7ff80000000000011",
                                      "NaN:7ff800000000000g"};
    double f64;
    float f32;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(json_number_named_f64(bad[i], strlen(bad[i]), &f64));
    assert_false(json_number_named_f32("NaN:7f800000", 12, &f32));
    assert_false(json_number_named_f32("NaN:7ff8000000000001", 20, &f32));
    assert_true(json_number_named_f32("NaN:7f800001", 12, &f32));
    assert_int_equal(bits_of_f32(f32), 0x7f800001);
}

static void integers_end_where_they_end(void **state)
{
    (void)state;
    int64_t i = 0;
    uint64_t u = 0;
    assert_true(json_number_i64("-9223372036854775808", 20, &i));
    assert_true(i == INT64_MIN);
    assert_true(json_number_i64("9223372036854775807", 19, &i));
    assert_true(i == INT64_MAX);
    assert_false(json_number_i64("9223372036854775808", 19, &i));
    assert_false(json_number_i64("-9223372036854775809", 20, &i));
    assert_true(json_number_u64("18446744073709551615", 20, &u));
    assert_true(u == UINT64_MAX);
    assert_false(json_number_u64("18446744073709551616", 20, &u));
    assert_false(json_number_u64("99999999999999999999", 20, &u));
    assert_true(json_number_i64("-0", 2, &i));
    assert_true(i == 0);
    static const char *const bad[] = {"",   "-",  "+1",  "01",  "-01", " 1",
                                      "1 ", "1.", "0x1", "1e3", "--1"};
    for (size_t n = 0; n < sizeof bad / sizeof bad[0]; n++) {
        assert_false(json_number_i64(bad[n], strlen(bad[n]), &i));
        assert_false(json_number_u64(bad[n], strlen(bad[n]), &u));
    }
    assert_false(json_number_u64("-1", 2, &u));
}

static void any_integer_comes_back(void **state)
{
    (void)state;
    struct seed seed = seed_start(__func__);
    for (int n = 0; n < 100000; n++) {
        uint64_t bits = seed_next(&seed) >> seed_below(&seed, 64);
        uint8_t text[JSON_NUMBER_ROOM];
        uint64_t u = 0;
        int64_t i = 0;
        assert_true(json_number_u64((char *)text, json_number_put_u64(bits, text), &u));
        assert_true(u == bits);
        assert_true(json_number_i64((char *)text, json_number_put_i64((int64_t)bits, text), &i));
        assert_true(i == (int64_t)bits);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_f64_comes_back_bit_by_bit),
        cmocka_unit_test(any_f32_comes_back_bit_by_bit),
        cmocka_unit_test(is_written_short),
        cmocka_unit_test(reads_as_the_c_library_does),
        cmocka_unit_test(a_locale_changes_nothing),
        cmocka_unit_test(what_is_too_large_is_refused_and_too_small_is_zero),
        cmocka_unit_test(names_are_spelt_exactly),
        cmocka_unit_test(integers_end_where_they_end),
        cmocka_unit_test(any_integer_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
