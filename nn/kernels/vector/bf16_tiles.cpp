#include "nn/kernels/vector/bf16_tiles.hpp"

#include "nn/kernels/cpu.hpp"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace rhyton::vector::bf16::tiles {

#if defined(__x86_64__) && defined(__linux__)

#define RHYTON_TILES __attribute__((target("amx-tile,amx-bf16")))

bool available() {
  static const bool has = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    constexpr unsigned bf16 = 1u << 22, tile = 1u << 24;
    // Numbers are rounded by AVX512_BF16.
    if (cpu_level() < 4 || !__builtin_cpu_supports("avx512bf16")) return false;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || (d & (bf16 | tile)) != (bf16 | tile)) return false;
    // Linux saves the tiles of a process only if it asked for them.
    constexpr long ask = 0x1023, tile_data = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return syscall(SYS_arch_prctl, ask, tile_data) == 0;
  }();
  return has;
}

namespace {

/// What LDTILECFG reads.
struct alignas(64) Shapes {
  std::uint8_t palette = 1, start = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};
};

/// Tiles 0 to 3 are sums, 4 and 5 rows of a with `pairs` pairs, 6 and 7 as many rows of b.
RHYTON_TILES void shape_tiles(Dim pairs) {
  Shapes shapes;
  for (int i = 0; i < 8; ++i) {
    shapes.row_bytes[i] = static_cast<std::uint16_t>(i == 4 || i == 5 ? pairs * 4 : 64);
    shapes.rows[i] = static_cast<std::uint8_t>(i > 5 ? pairs : size);
  }
  _tile_loadconfig(&shapes);
}

/// c (16 R, 16 V) (+)= a b, in `steps` steps of the tiles' pairs.
template <int R, int V>
RHYTON_TILES void block(Dim steps, const Pair* a, Dim a_row, const Pair* b, Dim n, float* c, Dim c_row,
                        bool add) {
  const auto a_bytes = static_cast<std::size_t>(a_row) * 4, b_bytes = static_cast<std::size_t>(n) * 4,
             c_bytes = static_cast<std::size_t>(c_row) * 4;
  float* below = c + size * c_row;
  if (add) {
    _tile_loadd(0, c, c_bytes);
    if constexpr (V > 1) _tile_loadd(1, c + size, c_bytes);
    if constexpr (R > 1) _tile_loadd(2, below, c_bytes);
    if constexpr (R > 1 && V > 1) _tile_loadd(3, below + size, c_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (Dim s = 0; s < steps; ++s, a += size, b += size * n) {
    _tile_loadd(4, a, a_bytes);
    _tile_loadd(6, b, b_bytes);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (V > 1) {
      _tile_loadd(7, b + size, b_bytes);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (R > 1) {
      _tile_loadd(5, a + size * a_row, a_bytes);
      _tile_dpbf16ps(2, 5, 6);
      if constexpr (V > 1) _tile_dpbf16ps(3, 5, 7);
    }
  }
  _tile_stored(0, c, c_bytes);
  if constexpr (V > 1) _tile_stored(1, c + size, c_bytes);
  if constexpr (R > 1) _tile_stored(2, below, c_bytes);
  if constexpr (R > 1 && V > 1) _tile_stored(3, below + size, c_bytes);
}

RHYTON_TILES void blocks(Dim m, Dim n, Dim steps, const Pair* a, Dim a_row, const Pair* b, float* c,
                         Dim c_row, bool add) {
  for (Dim i = 0; i < m; i += 2 * size)
    for (Dim j = 0; j < n; j += 2 * size) {
      const bool two_rows = i + size < m, two_columns = j + size < n;
      const auto run =
          two_rows ? (two_columns ? block<2, 2> : block<2, 1>) : (two_columns ? block<1, 2> : block<1, 1>);
      run(steps, a + i * a_row, a_row, b + j, n, c + i * c_row + j, c_row, add);
    }
}

}  // namespace

RHYTON_TILES void product(Dim m, Dim n, Dim pairs, const Pair* a, Dim a_row, const Pair* b, float* c,
                          Dim c_row, bool accumulate) {
  // GCC's intrinsics do not say that they touch memory.
  asm volatile("" ::: "memory");
  const Dim steps = pairs / size, rest = pairs % size;
  if (rest > 0) {
    shape_tiles(rest);
    blocks(m, n, 1, a + steps * size, a_row, b + steps * size * n, c, c_row, accumulate);
  }
  if (steps > 0) {
    shape_tiles(size);
    blocks(m, n, steps, a, a_row, b, c, c_row, accumulate || rest > 0);
  }
  _tile_release();
  asm volatile("" ::: "memory");
}

#else

bool available() { return false; }
void product(Dim, Dim, Dim, const Pair*, Dim, const Pair*, float*, Dim, bool) {}

#endif

}  // namespace rhyton::vector::bf16::tiles
