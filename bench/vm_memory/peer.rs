//! The peer of bench/guest.c: rust-vmm's vm-memory, with its loops on this side, so that neither pays for the other's language.
use vm_memory::bitmap::AtomicBitmap;
use vm_memory::{Bytes, GuestAddress, GuestMemory, GuestMemoryMmap};

pub struct Peer {
    plain: GuestMemoryMmap<()>,
    logged: GuestMemoryMmap<AtomicBitmap>,
}

/// Keeps a value, and what is in memory, alive.
fn keep(value: u64) {
    unsafe { std::arch::asm!("/* {} */", in(reg) value) }
}

/// Memory of `count` slots of `length` bytes at `starts`, twice: as it is, and with a bitmap of its dirty pages.
#[no_mangle]
pub unsafe extern "C" fn peer_open(starts: *const u64, count: usize, length: usize) -> *mut Peer {
    let starts = std::slice::from_raw_parts(starts, count);
    let ranges: Vec<_> = starts.iter().map(|&start| (GuestAddress(start), length)).collect();
    let plain = GuestMemoryMmap::from_ranges(&ranges).unwrap();
    let logged = GuestMemoryMmap::from_ranges(&ranges).unwrap();
    Box::into_raw(Box::new(Peer { plain, logged })) // for as long as the program runs
}

/// Where that address is in this process.
#[no_mangle]
pub unsafe extern "C" fn peer_host(peer: *const Peer, start: u64, logged: bool) -> *mut u8 {
    let start = GuestAddress(start);
    if logged { (*peer).logged.get_host_address(start) } else { (*peer).plain.get_host_address(start) }.unwrap()
}

/// `times` reads of 8 bytes, at each of the addresses in turn; there are `mask` + 1 of them.
#[no_mangle]
pub unsafe extern "C" fn peer_get(peer: *const Peer, addrs: *const u64, mask: usize, times: usize) {
    for i in 0..times {
        let value: u64 = (*peer).plain.read_obj(GuestAddress(*addrs.add(i & mask))).unwrap();
        keep(value);
    }
}

#[no_mangle]
pub unsafe extern "C" fn peer_put(peer: *const Peer, addrs: *const u64, mask: usize, times: usize) {
    for i in 0..times {
        (*peer).logged.write_obj(i as u64, GuestAddress(*addrs.add(i & mask))).unwrap();
    }
}

#[no_mangle]
pub unsafe extern "C" fn peer_copy(peer: *const Peer, addrs: *const u64, mask: usize, times: usize, to: *mut u8, n: usize) {
    let to = std::slice::from_raw_parts_mut(to, n);
    for i in 0..times {
        (*peer).plain.read_slice(to, GuestAddress(*addrs.add(i & mask))).unwrap();
        keep(to.as_ptr() as u64);
    }
}
