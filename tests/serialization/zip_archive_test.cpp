#include "serialization/zip_archive.hpp"

#include <doctest/doctest.h>

#include "nn/error.hpp"
#include "tests/support/files.hpp"

using namespace rhyton;
using test::TemporaryFolder;

TEST_CASE("zip: stored members are written, listed and read in place") {
  const TemporaryFolder folder;
  const auto path = folder / "a.zip";
  test::write_text(folder / "payload", std::string(100000, 'w'));
  {
    ZipWriter writer(path);
    writer.add("metadata.json", "{}");
    writer.add_file("weights", folder / "payload");
    CHECK_FALSE(std::filesystem::exists(path));
    writer.close();
  }
  CHECK(is_zip(path));
  CHECK_FALSE(is_zip(folder / "payload"));
  ByteSourcePtr source;
  {
    const ZipReader reader(path);
    REQUIRE(reader.members().size() == 2);
    CHECK(reader.members()[1].name == "weights");
    CHECK(reader.members()[1].stored);
    CHECK(reader.members()[1].bytes == 100000);
    CHECK(reader.read("metadata.json", 10) == "{}");
    CHECK_THROWS_AS(reader.read("weights", 10), FormatError);
    CHECK_THROWS_WITH_AS(reader.read("config.json", 10), doctest::Contains("config.json"), FormatError);
    source = reader.open("weights");
  }
  char bytes[3] = {};
  source->read(99997, bytes, 3);
  CHECK(std::string(bytes, 3) == "www");
  source->read(1, bytes, 2);
  CHECK_THROWS_AS(source->read(99998, bytes, 3), FormatError);
  CHECK_THROWS_AS(source->read(~std::uint64_t{0}, bytes, 2), FormatError);
}

TEST_CASE("zip: deflated members are unpacked, from memory too") {
  const ZipReader reader(test::read_text(test::data_file("serialization/arrays.npz")), "arrays");
  REQUIRE(reader.members().size() == 18);
  CHECK_FALSE(reader.members()[1].stored);
  const auto source = reader.open(reader.members()[1].name);
  char magic[6] = {};
  source->read(0, magic, 6);
  CHECK(std::string(magic, 6) == "\x93NUMPY");
}

TEST_CASE("zip: a target that is abandoned leaves nothing behind") {
  const TemporaryFolder folder;
  test::write_text(folder / "a.zip", "old");
  {
    ZipWriter writer(folder / "a.zip");
    writer.add("x", "new");
  }
  CHECK(test::read_text(folder / "a.zip") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("zip: refusals") {
  CHECK_THROWS_AS(ZipReader("/nonexistent.zip"), Error);
  CHECK_THROWS_AS(ZipReader(std::string("no zip file at all"), "x"), FormatError);
  // tests/serialization/make_archives.py: 64 MiB of zeros in 65 kB, a name twice, an encrypted member.
  CHECK_THROWS_WITH_AS(ZipReader(test::data_file("serialization/bomb.zip")), doctest::Contains("ratio"),
                       FormatError);
  CHECK_THROWS_WITH_AS(ZipReader(test::data_file("serialization/twice.zip")),
                       doctest::Contains("two members"), FormatError);
  CHECK_THROWS_WITH_AS(ZipReader(test::data_file("serialization/overlap.zip")),
                       doctest::Contains("members claim"), FormatError);
  // The directory claims 10 bytes for a member that unpacks to 1000.
  const ZipReader liar(test::data_file("serialization/liar.zip"));
  CHECK_THROWS_WITH_AS(liar.read("a", 100), doctest::Contains("damaged"), FormatError);
}
