"""Makes the hostile zip files of zip_archive_test.cpp. Run it in this folder; the files are committed."""
import struct
import warnings
import zipfile

warnings.simplefilter("ignore")
date = (2020, 1, 1, 0, 0, 0)


def write(path, members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, date), data, zipfile.ZIP_DEFLATED)


write("bomb.zip", [("model.weights.h5", bytes(64 << 20))])
write("twice.zip", [("a", b"1"), ("a", b"2")])
write("liar.zip", [("a", b"x" * 1000)])
with open("liar.zip", "rb") as file:
    data = bytearray(file.read())
central = data.rindex(b"PK\1\2")
data[central + 24:central + 28] = struct.pack("<I", 10)
with open("liar.zip", "wb") as file:
    file.write(data)

# A hundred members that lie over one another: each within the limits, not all together.
write("overlap.zip", [("a", bytes(range(256)) * 40)])
with open("overlap.zip", "rb") as file:
    data = file.read()
central = data.rindex(b"PK\1\2")
end = data.rindex(b"PK\5\6")
entry = data[central:end]
names = [bytes([b]) for b in range(33, 127)]
copies = b"".join(entry[:46] + name + entry[47:] for name in names)
with open("overlap.zip", "wb") as file:
    file.write(data[:central] + copies + data[end:end + 8] + struct.pack("<HHII", len(names), len(names), len(copies), central)
               + data[end + 20:])
