/* A core file that is written anew for each program: a segment for each page that is mapped. */
#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <usermem/spaces/corefile.h>
#include "worlds.h"

enum { BASE = 0x10000000, BYTES_AT = PAGE };

static struct um_corefile core;
static int file;
static unsigned char *bytes;
static bool is_open;

static bool open_corefile(struct world *world)
{
	void *seen;

	world->why = "no file";
	world->base = um_addr_of(BASE);
	world->space[0] = &core.space;
	file = memfd_create("usermem-core", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, BYTES_AT + WINDOW) != 0)
		return false;
	seen = mmap(NULL, WINDOW, PROT_READ | PROT_WRITE, MAP_SHARED, file, BYTES_AT);
	bytes = seen;
	return seen != MAP_FAILED;
}

static bool end(struct world *world)
{
	(void)world;
	if (is_open)
		um_close(&core.space);
	is_open = false;
	return true;
}

static void close_corefile(struct world *world)
{
	(void)world;
	munmap(bytes, WINDOW);
	close(file);
}

/* Protections, holes and bytes that were not dumped, by the seed. */
static struct model_page page_of(unsigned page, uint32_t *seed)
{
	static const unsigned access[] = { 3, 3, 3, 1, 2, 5, 0, 3 };
	unsigned kind = drive_random(seed) % 16;
	struct model_page is = { .mapped = kind != 0, .bus = kind == 1, .access = access[drive_random(seed) % 8], .beyond = 7, .frame = (unsigned char)page };

	return is;
}

static bool write_headers(const struct model_place *place)
{
	struct {
		Elf64_Ehdr file;
		Elf64_Phdr segment[PAGES];
	} headers = {
		.file = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT }, .e_type = ET_CORE, .e_machine = EM_X86_64,
		          .e_version = EV_CURRENT, .e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
		          .e_phnum = PAGES },
	};
	unsigned i;

	for (i = 0; i < PAGES; i++) {
		const struct model_page *page = &place->page[i];

		headers.segment[PAGES - 1 - i] = (Elf64_Phdr){
			.p_type = page->mapped ? PT_LOAD : PT_NULL, .p_offset = BYTES_AT + i * PAGE, .p_vaddr = BASE + i * PAGE, .p_memsz = PAGE,
			.p_filesz = page->bus ? 0 : PAGE,
			.p_flags = (page->access & UM_READ ? PF_R : 0u) | (page->access & UM_WRITE ? PF_W : 0u) | (page->access & UM_EXEC ? PF_X : 0u),
		};
	}
	return pwrite(file, &headers, sizeof headers, 0) == sizeof headers;
}

static void reset(struct world *world, struct model *model, uint32_t seed)
{
	struct model_place *place = &model->place[0];
	int copy = dup(file);
	unsigned i;

	memcpy(bytes, model->frame, WINDOW);
	for (i = 0; i < PAGES; i++)
		place->page[i] = page_of(i, &seed);
	is_open = copy >= 0 && write_headers(place) && um_corefile_adopt(&core, copy) == UM_OK;
	if (!is_open)
		world->why = "the core is not opened";
	place->can = is_open ? core.space.can : 0;
}

static const unsigned char *seen(struct world *world, unsigned place, unsigned page)
{
	(void)world;
	return place == 0 ? bytes + (size_t)page * PAGE : NULL;
}

struct world world_corefile = { .name = "corefile", .open = open_corefile, .reset = reset, .end = end, .seen = seen, .close = close_corefile };
