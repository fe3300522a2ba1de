/* What the tests of pagetable share; see tables.h.  The oracle goes by the manuals: Intel's SDM volume 3A, "Paging"; Arm's ARM, "The
 * AArch64 Virtual Memory System Architecture"; RISC-V's privileged architecture, "Virtual Address Translation Process". */
#include "tables.h"

unsigned char physical[PHYSICAL] __attribute__((aligned(4096)));
struct um_bytes memory;
struct um_pagetable table;

const enum um_pagetable_format all_formats[5] = {
	UM_PAGETABLE_X86_64_4, UM_PAGETABLE_X86_64_5, UM_PAGETABLE_AARCH64_4K, UM_PAGETABLE_SV39, UM_PAGETABLE_SV48,
};

void open_over(struct um_space *inner, enum um_pagetable_format format, unsigned flags)
{
	struct um_pagetable_config config = { .format = format, .flags = flags };

	CHECK_STATUS(um_pagetable_init(&table, inner, &config), UM_OK);
}

void open_table(enum um_pagetable_format format, unsigned flags)
{
	um_bytes_init(&memory, physical, PHYSICAL);
	open_over(&memory.space, format, flags);
}

static bool is_riscv(enum um_pagetable_format format)
{
	return format == UM_PAGETABLE_SV39 || format == UM_PAGETABLE_SV48;
}

uint64_t entry_to(enum um_pagetable_format format, uint64_t addr)
{
	return is_riscv(format) ? addr >> 2 | 1 : format == UM_PAGETABLE_AARCH64_4K ? addr | 3 : addr | 7;
}

unsigned levels_of(enum um_pagetable_format format)
{
	return format == UM_PAGETABLE_X86_64_5 ? 5 : format == UM_PAGETABLE_SV39 ? 3 : 4;
}

uint64_t *path_to(enum um_pagetable_format format, uint64_t addr, unsigned level)
{
	uint64_t at = 0;
	unsigned l;

	for (l = levels_of(format); l > level; l--, at += PAGE)
		*slot(at, slot_of(addr, l)) = entry_to(format, at + PAGE);
	return slot(at, slot_of(addr, level));
}

uint64_t page_entry(enum um_pagetable_format format, uint64_t addr, unsigned level)
{
	uint64_t to = entry_to(format, addr);

	if (format <= UM_PAGETABLE_X86_64_5)
		return to | 0x60 | (level > 1 ? 0x80 : 0);
	return format == UM_PAGETABLE_AARCH64_4K ? (to | 0x440) ^ (level > 1 ? 2 : 0) : to | 0xd6;
}

void map(enum um_pagetable_format format, uint64_t addr, unsigned count)
{
	unsigned i;

	memset(physical, 0, PHYSICAL);
	pattern(physical + DATA, PHYSICAL - DATA, 3);
	for (i = 0; i < count; i++)
		path_to(format, addr, 1)[i] = page_entry(format, DATA + 2 * i * PAGE, 1);
}

void make_change(void *context, uint64_t access)
{
	struct change *change = context;

	if (change->each) /* no two of accesses 1, 2, 4 or 5 apart find the same */
		*change->entry = (*change->entry & ~(3 * change->value)) | access % 3 * change->value;
	else if (access == change->access)
		*change->entry = change->value;
}

/* ---------------------------------------------------------------- the oracle */

static uint64_t mask(unsigned bits)
{
	return ((uint64_t)1 << bits) - 1;
}

static uint64_t sign_extended(uint64_t addr, unsigned bits)
{
	return (uint64_t)((int64_t)(addr << (64 - bits)) >> (64 - bits));
}

/* Looks at the next entry on the way.  False: it is not there. */
static bool fetch(struct answer *answer, uint64_t base, uint64_t addr, unsigned level, uint64_t *entry)
{
	uint64_t at = base + slot_of(addr, level) * 8;

	if (at + 8 > PHYSICAL) {
		answer->status = UM_BUS;
		return false;
	}
	memcpy(entry, physical + at, 8);
	answer->step[answer->steps].at = at;
	answer->step[answer->steps].used = *entry;
	answer->step[answer->steps++].written = *entry;
	return true;
}

static struct answer failed(struct answer answer, enum um_status status)
{
	answer.status = status;
	return answer;
}

static struct answer oracle_x86_64(const struct um_pagetable_config *config, uint64_t addr)
{
	unsigned level = levels_of(config->format), bits = config->address_bits;
	bool every_us = true, every_rw = true, any_xd = false;
	struct answer answer = { .status = UM_OK };
	uint64_t base = config->root.value, entry;

	if (sign_extended(addr, level == 5 ? 57 : 48) != addr)
		return failed(answer, UM_UNMAPPED);
	for (;; level--) {
		uint64_t in_page = mask(12 + 9 * (level - 1));

		if (!fetch(&answer, base, addr, level, &entry))
			return answer;
		if (!(entry & 1))
			return failed(answer, UM_UNMAPPED);
		if (entry & mask(52) & ~mask(bits) || (entry >> 63 && config->flags & UM_PAGETABLE_NO_NX) || (level >= 4 && entry & 0x80))
			return failed(answer, UM_BUS);
		every_rw &= entry >> 1 & 1;
		every_us &= entry >> 2 & 1;
		any_xd |= entry >> 63;
		answer.step[answer.steps - 1].used |= 0x20;
		answer.step[answer.steps - 1].written |= 0x20;
		if (level > 1 && !(entry & 0x80)) {
			base = entry & mask(52) & ~mask(12);
			continue;
		}
		if (level > 1 && entry & in_page & ~mask(13))
			return failed(answer, UM_BUS);
		answer.step[answer.steps - 1].written |= 0x40;
		answer.addr = (entry & mask(52) & ~in_page) | (addr & in_page);
		answer.level = level;
		if (!(config->flags & UM_PAGETABLE_USER))
			answer.access = UM_READ | (every_rw || config->flags & UM_PAGETABLE_NO_WP ? UM_WRITE : 0u) | (any_xd ? 0u : UM_EXEC);
		else if (every_us)
			answer.access = UM_READ | (every_rw ? UM_WRITE : 0u) | (any_xd ? 0u : UM_EXEC);
		return answer;
	}
}

/* Hierarchical permissions change the AP, UXN and PXN of what lies below; then the tables of permissions are read off. */
static unsigned aarch64_access(unsigned ap, bool uxn, bool pxn, bool user)
{
	static const unsigned el1[] = { UM_READ | UM_WRITE, UM_READ | UM_WRITE, UM_READ, UM_READ };
	static const unsigned el0[] = { 0, UM_READ | UM_WRITE, 0, UM_READ };

	if (user)
		return el0[ap] | (uxn ? 0u : UM_EXEC);
	return el1[ap] | (pxn || el0[ap] & UM_WRITE ? 0u : UM_EXEC);
}

static struct answer oracle_aarch64(const struct um_pagetable_config *config, uint64_t addr)
{
	bool update = config->flags & UM_PAGETABLE_UPDATE, uxn = false, pxn = false, no_el0 = false, no_write = false;
	bool high = addr >> 48 == 0xffff;
	uint64_t base = high ? config->root_high.value : config->root.value, entry;
	struct answer answer = { .status = UM_OK };
	unsigned lookup, ap;

	if ((addr >> 48 != 0 && !high) || (high && config->flags & UM_PAGETABLE_NO_HIGH))
		return failed(answer, UM_UNMAPPED);
	for (lookup = 0;; lookup++) { /* the manual counts downwards */
		uint64_t in_page = mask(39 - 9 * lookup), *used, *written;

		if (!fetch(&answer, base, addr, 4 - lookup, &entry))
			return answer;
		used = &answer.step[answer.steps - 1].used, written = &answer.step[answer.steps - 1].written;
		if (!(entry & 1))
			return failed(answer, UM_UNMAPPED);
		if (entry & mask(48) & ~mask(config->address_bits) & ~mask(12) || entry >> 48 & 3)
			return failed(answer, UM_BUS);
		if (lookup < 3 && entry & 2) {
			if (entry >> 50 & 1)
				return failed(answer, UM_BUS);
			pxn |= entry >> 59 & 1, uxn |= entry >> 60 & 1, no_el0 |= entry >> 61 & 1, no_write |= entry >> 62 & 1;
			base = entry & mask(48) & ~mask(12);
			continue;
		}
		if (lookup == 0 || (lookup == 3 && !(entry & 2)))
			return failed(answer, UM_BUS);
		if (lookup < 3 && entry & in_page & 0x3ffef000) /* but nT, bit 16 */
			return failed(answer, UM_BUS);
		ap = entry >> 6 & 3;
		*used |= 0x400, *written |= 0x400;
		if (ap & 2 && entry >> 51 & 1) {
			*written &= ~(uint64_t)0x80;
			ap &= update ? 1 : 3;
		}
		ap = (ap & (no_el0 ? 2 : 3)) | (no_write ? 2 : 0);
		answer.addr = (entry & mask(48) & ~in_page) | (addr & in_page);
		answer.level = 4 - lookup;
		if (update || entry & 0x400)
			answer.access = aarch64_access(ap, uxn || entry >> 54 & 1, pxn || entry >> 53 & 1, config->flags & UM_PAGETABLE_USER);
		return answer;
	}
}

static struct answer oracle_riscv(const struct um_pagetable_config *config, uint64_t addr)
{
	enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
	bool user = config->flags & UM_PAGETABLE_USER, update = config->flags & UM_PAGETABLE_UPDATE;
	unsigned i = levels_of(config->format) - 1;
	struct answer answer = { .status = UM_OK };
	uint64_t a = config->root.value, pte, pa;

	if (sign_extended(addr, config->format == UM_PAGETABLE_SV39 ? 39 : 48) != addr)
		return failed(answer, UM_UNMAPPED);
	for (;; i--) {
		if (!fetch(&answer, a, addr, i + 1, &pte))
			return answer;
		if (!(pte & V))
			return failed(answer, UM_UNMAPPED);
		pa = (pte >> 10 & mask(44)) << 12;
		if ((pte & W && !(pte & R)) || pte >> 54 || pa >> config->address_bits)
			return failed(answer, UM_BUS);
		if (pte & (R | X))
			break;
		if (i == 0 || pte & (D | A | U))
			return failed(answer, UM_BUS);
		a = pa;
	}
	if (pa & mask(12 + 9 * i))
		return failed(answer, UM_BUS);
	answer.step[answer.steps - 1].used |= A;
	answer.step[answer.steps - 1].written |= A | D;
	answer.addr = pa | (addr & mask(12 + 9 * i));
	answer.level = i + 1;
	if (!(pte & A) && !update)
		return answer;
	if (pte & R && (pte & U || !user))
		answer.access |= UM_READ;
	if (pte & W && (pte & U || !user) && (pte & D || update))
		answer.access |= UM_WRITE;
	if (pte & X && !(pte & U) == !user)
		answer.access |= UM_EXEC;
	return answer;
}

struct answer oracle(const struct um_pagetable_config *config, uint64_t addr)
{
	if (is_riscv(config->format))
		return oracle_riscv(config, addr);
	return config->format == UM_PAGETABLE_AARCH64_4K ? oracle_aarch64(config, addr) : oracle_x86_64(config, addr);
}

void assert_as_oracle(uint64_t addr)
{
	struct answer answer = oracle(&table.config, addr);
	unsigned access;

	for (access = 0; access < 8; access++) {
		struct um_translation got = { { 1 }, 2, 3, 4 };
		enum um_status status = um_pagetable_translate(&table, um_addr_of(addr), access, &got);

		if (answer.status == UM_OK && access & ~answer.access) {
			CHECK_STATUS(status, UM_DENIED);
			continue;
		}
		CHECK_STATUS(status, answer.status);
		if (status != UM_OK)
			continue;
		assert_int_equal(got.addr.value, answer.addr);
		assert_int_equal(got.access, answer.access);
		assert_int_equal(got.level, answer.level);
		assert_int_equal(got.left, ((uint64_t)PAGE << 9 * (answer.level - 1)) - (answer.addr & mask(12 + 9 * (answer.level - 1))));
	}
}

uint64_t next_random(uint64_t *state) /* xorshift64* */
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1d;
}
