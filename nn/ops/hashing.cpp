#include "nn/ops/hashing.hpp"

#include <bit>
#include <cstring>
#include <utility>

namespace rhyton::ops {

namespace {

using Word = std::uint64_t;

// FarmHash's constants.
constexpr Word k0 = 0xc3a5c85c97cb3127u, k1 = 0xb492b66fbe98f273u, k2 = 0x9ae16a3b2f90404fu;

template <class T>
Word read(const char* p) {
  T value;
  std::memcpy(&value, p, sizeof value);
  if constexpr (std::endian::native == std::endian::big) {
    Word swapped = 0;
    for (std::size_t i = 0; i < sizeof value; ++i)
      swapped |= Word{static_cast<unsigned char>(p[i])} << (8 * i);
    return swapped;
  }
  return value;
}
Word word(const char* p) { return read<std::uint64_t>(p); }
Word half(const char* p) { return read<std::uint32_t>(p); }
Word fold(Word v) { return v ^ (v >> 47); }

/// Two words as one, with multiplier m.
Word mix(Word u, Word v, Word m) {
  const Word a = fold((u ^ v) * m);
  return fold((v ^ a) * m) * m;
}

Word up_to_16(const char* s, Word n) {
  if (n >= 8) {
    const Word m = k2 + n * 2, a = word(s) + k2, b = word(s + n - 8);
    return mix(std::rotr(b, 37) * m + a, (std::rotr(a, 25) + b) * m, m);
  }
  if (n >= 4) return mix(n + (half(s) << 3), half(s + n - 4), k2 + n * 2);
  if (n == 0) return k2;
  const auto byte = [&](Word i) { return Word{static_cast<unsigned char>(s[i])}; };
  const Word y = byte(0) + (byte(n >> 1) << 8), z = n + (byte(n - 1) << 2);
  return fold(y * k2 ^ z * k0) * k2;
}

Word up_to_32(const char* s, Word n) {
  const Word m = k2 + n * 2, a = word(s) * k1, b = word(s + 8), c = word(s + n - 8) * m,
             d = word(s + n - 16) * k2;
  return mix(std::rotr(a + b, 43) + std::rotr(c, 30) + d, a + std::rotr(b + k2, 18) + c, m);
}

Word up_to_64(const char* s, Word n) {
  const Word m = k2 + n * 2, a = word(s) * k2, b = word(s + 8), c = word(s + n - 8) * m,
             d = word(s + n - 16) * k2;
  const Word y = std::rotr(a + b, 43) + std::rotr(c, 30) + d, z = mix(y, a + std::rotr(b + k2, 18) + c, m);
  const Word e = word(s + 16) * m, f = word(s + 24), g = (y + word(s + n - 32)) * m,
             h = (z + word(s + n - 24)) * m;
  return mix(std::rotr(e + f, 43) + std::rotr(g, 30) + h, e + std::rotr(f + a, 18) + g, m);
}

struct Pair {
  Word first = 0, second = 0;
};

Pair stir(const char* s, Word a, Word b) {
  const Word w = word(s), x = word(s + 8), y = word(s + 16), z = word(s + 24);
  a += w;
  b = std::rotr(b + a + z, 21);
  const Word c = a;
  a += x + y;
  return {a + z, b + std::rotr(a, 44) + c};
}

/// The state of a hash of more than 64 bytes.
struct State {
  Word x, y, z;
  Pair v, w;
  void step(const char* s, Word m, Word tail) {
    x = std::rotr(x + y + v.first + word(s + 8), 37) * m;
    y = std::rotr(y + v.second + word(s + 48), 42) * m;
    x ^= w.second * tail;
    y += v.first * tail + word(s + 40);
    z = std::rotr(z + w.first, 33) * m;
    v = stir(s, v.second * m, x + w.first);
    w = stir(s + 32, z + w.second, y + word(s + 16));
    std::swap(z, x);
  }
};

Word longer(const char* s, Word n) {
  constexpr Word seed = 81;
  State h{seed * k2 + word(s), seed * k1 + 113, 0, {}, {}};
  h.z = fold(h.y * k2 + 113) * k2;
  const char* const end = s + (n - 1) / 64 * 64;
  const Word rest = (n - 1) & 63;
  for (const char* p = s; p != end; p += 64) h.step(p, k1, 1);
  const Word m = k1 + ((h.z & 0xff) << 1);
  h.w.first += rest;
  h.v.first += h.w.first;
  h.w.first += h.v.first;
  h.step(end + rest - 63, m, 9);
  return mix(mix(h.v.first, h.w.first, m) + fold(h.y) * k0 + h.z, mix(h.v.second, h.w.second, m) + h.x, m);
}

}  // namespace

std::uint64_t fingerprint(std::string_view text) {
  const Word n = text.size();
  if (n <= 16) return up_to_16(text.data(), n);
  if (n <= 32) return up_to_32(text.data(), n);
  return n <= 64 ? up_to_64(text.data(), n) : longer(text.data(), n);
}

std::uint64_t join_fingerprints(std::uint64_t first, std::uint64_t second) {
  constexpr Word m = 0xc6a4a7935bd1e995u;
  Word out = first ^ m;
  out ^= fold(second * m) * m;
  out *= m;
  return fold(fold(out) * m);
}

std::uint64_t sip_hash(std::string_view text, const std::array<std::uint64_t, 2>& key) {
  Word v0 = key[0] ^ 0x736f6d6570736575u, v1 = key[1] ^ 0x646f72616e646f6du,
       v2 = key[0] ^ 0x6c7967656e657261u, v3 = key[1] ^ 0x7465646279746573u;
  const auto rounds = [&](int count) {
    for (int i = 0; i < count; ++i) {
      v0 += v1;
      v2 += v3;
      v1 = std::rotl(v1, 13) ^ v0;
      v3 = std::rotl(v3, 16) ^ v2;
      v0 = std::rotl(v0, 32);
      v2 += v1;
      v0 += v3;
      v1 = std::rotl(v1, 17) ^ v2;
      v3 = std::rotl(v3, 21) ^ v0;
      v2 = std::rotl(v2, 32);
    }
  };
  const auto absorb = [&](Word block) {
    v3 ^= block;
    rounds(2);
    v0 ^= block;
  };
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) absorb(word(text.data() + i));
  Word last = static_cast<Word>(text.size()) << 56;
  for (std::size_t j = 0; i + j < text.size(); ++j)
    last |= Word{static_cast<unsigned char>(text[i + j])} << (8 * j);
  absorb(last);
  v2 ^= 0xff;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace rhyton::ops
