#include "../../src/spaces/pagetable_walk.c"

/* The arithmetic of a page walk, in ACSL. */
/*@ lemma um_shift_0: \forall integer n; n == 0 ==> (4096 << n) == 0x1000;
    lemma um_shift_9: \forall integer n; n == 9 ==> (4096 << n) == 0x200000;
    lemma um_shift_18: \forall integer n; n == 18 ==> (4096 << n) == 0x40000000;
    lemma um_shift_27: \forall integer n; n == 27 ==> (4096 << n) == 0x8000000000;
    lemma um_shift_36: \forall integer n; n == 36 ==> (4096 << n) == 0x1000000000000;

    lemma um_power_38: \forall integer n; n == 38 ==> (1 << n) == 0x4000000000;
    lemma um_power_47: \forall integer n; n == 47 ==> (1 << n) == 0x800000000000;
    lemma um_power_48: \forall integer n; n == 48 ==> (1 << n) == 0x1000000000000;
    lemma um_power_56: \forall integer n; n == 56 ==> (1 << n) == 0x100000000000000;
    lemma um_power: \forall integer n; 0 <= n <= 56 ==> (1 << n) <= 0x100000000000000;

    logic integer um_page(integer level) =
      level <= 1 ? 0x1000 : level == 2 ? 0x200000 : level == 3 ? 0x40000000 : level == 4 ? 0x8000000000 : 0x1000000000000; */

/*@ requires 1 <= level <= UMI_WALK_MOST_LEVELS;
    terminates \true;
    assigns \nothing;
    ensures size: \result == um_page(level); */
static inline uint64_t umi_walk_size(unsigned level);

/*@ requires 1 <= level <= UMI_WALK_MOST_LEVELS;
    terminates \true;
    assigns \nothing;
    ensures within: 0 <= \result < 512; */
static inline uint64_t umi_walk_index(uint64_t addr, unsigned level);

/*@ requires 1 <= level <= UMI_WALK_MOST_LEVELS;
    terminates \true;
    assigns \nothing;
    ensures within: 0 <= \result < um_page(level) && \result <= addr && (addr - \result) % um_page(level) == 0; */
static inline uint64_t umi_walk_offset(uint64_t addr, unsigned level);

/*@ terminates \true;
    assigns \nothing;
    ensures levels: format <= UM_PAGETABLE_SV48 ==> 3 <= \result <= UMI_WALK_MOST_LEVELS;
    ensures none: format > UM_PAGETABLE_SV48 ==> \result == 0; */
unsigned umi_walk_levels(enum um_pagetable_format format);

/*@ requires format <= UM_PAGETABLE_SV48;
    terminates \true;
    assigns \nothing;
    ensures bits: 48 <= \result <= 56; */
unsigned umi_walk_address_bits(enum um_pagetable_format format);

/*@ requires format <= UM_PAGETABLE_SV48;
    terminates \true;
    assigns \nothing; */
bool umi_walk_has(enum um_pagetable_format format, uint64_t addr);

/*@ terminates \true;
    assigns \nothing; */
static struct said x86_64(unsigned flags, unsigned level, uint64_t raw);

/*@ terminates \true;
    assigns \nothing; */
static struct said aarch64(unsigned level, uint64_t raw);

/*@ terminates \true;
    assigns \nothing; */
static struct said riscv(uint64_t raw);

/*@ requires \valid_read(config) && config->format <= UM_PAGETABLE_SV48 && config->address_bits <= 56;
    requires 1 <= level <= UMI_WALK_MOST_LEVELS;
    terminates \true;
    assigns \nothing;
    ensures ends: \result.kind == UMI_ENTRY_TABLE ==> level > 1;
    ensures table: \result.kind == UMI_ENTRY_TABLE ==> \result.address % 4096 == 0;
    ensures page: \result.kind == UMI_ENTRY_PAGE ==> \result.address % um_page(level) == 0;
    ensures inside: \result.kind == UMI_ENTRY_TABLE || \result.kind == UMI_ENTRY_PAGE ==>
      \result.address < (1 << config->address_bits);
    ensures rights: (\result.rights & rights) == \result.rights; */
struct umi_entry umi_walk_entry(const struct um_pagetable_config *config, unsigned level, uint64_t raw, uint64_t rights);
