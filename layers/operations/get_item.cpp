// Indexing and slicing: x[a:b:c, 3, ..., None].
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "layers/operations/gather.hpp"
#include "nn/raise.hpp"

namespace rhyton {

namespace {

using detail::Gather;
using detail::Index;

class GetItem final : public Gather {
 public:
  explicit GetItem(OperationCall&& call) : Gather(std::move(call)) {
    const Json* key = OperationArguments(call_, "x, key").find("key");
    if (!key) fail("the index is missing.");
    const Json list = key->is_array() ? *key : Json::array({*key});
    for (const Json& item : list) items_.push_back(read(item));
  }

 protected:
  Shape moved_shape(const Shape& x) const override {
    Shape y;
    for (const auto& axis : axes(x))
      if (axis.kept) y.push_back(axis.count);
    return y;
  }
  bool source_of(const Shape& x, const Index& y, Index& source) const override {
    std::size_t at = 0;
    for (const auto& axis : axes(x)) {
      const Dim i = axis.kept ? y[at++] : 0;
      if (axis.from >= 0) source[static_cast<std::size_t>(axis.from)] = axis.start + i * axis.step;
    }
    return true;
  }

 private:
  struct Item {
    enum { slice, integer, ellipsis, axis } kind = slice;
    std::optional<std::int64_t> start, stop;
    std::int64_t step = 1;
  };
  /// One axis of the result, or one that an integer took away; `from`: the axis of x, -1 for a new one.
  struct Axis {
    int from = -1;
    Dim start = 0, step = 1, count = 1;
    bool kept = true;
  };
  Item read(const Json& json) const {
    Item item;
    if (json.is_object() && json.contains("$")) throw NotSupported(label() + ": an index that is a tensor");
    if (json.is_null()) {
      item.kind = Item::axis;
    } else if (json.is_number_integer()) {
      item.kind = Item::integer;
      item.start = json.get<std::int64_t>();
    } else if (json.is_object() &&
               (json.value("class_name", "") == "__ellipsis__" || json.value("type", "") == "ellipsis")) {
      item.kind = Item::ellipsis;
    } else if (json.is_object() && (json.contains("start") || json.contains("config"))) {
      const Json& slice = json.contains("config") ? json["config"] : json;
      auto get = [&](const char* key) {
        return slice.contains(key) && slice[key].is_number_integer()
                   ? std::optional(slice[key].get<std::int64_t>())
                   : std::nullopt;
      };
      item.start = get("start");
      item.stop = get("stop");
      item.step = get("step").value_or(1);
      if (item.step == 0) fail("a slice's step must not be 0.");
    } else if (json == "...") {
      item.kind = Item::ellipsis;
    } else {
      raise<NotSupported>("{}: the index {}", label(), json.dump().substr(0, 80));
    }
    return item;
  }
  std::vector<Axis> axes(const Shape& x) const {
    const auto used = std::count_if(items_.begin(), items_.end(), [](const Item& i) {
      return i.kind == Item::slice || i.kind == Item::integer;
    });
    if (used > x.rank()) fail("too many indices for shape {}.", to_string(x));
    std::vector<Axis> out;
    int from = 0;
    auto whole = [&](int count) {
      for (int i = 0; i < count; ++i, ++from) out.push_back({from, 0, 1, x[from], true});
    };
    for (const Item& item : items_) {
      if (item.kind == Item::axis) {
        out.push_back({});
      } else if (item.kind == Item::ellipsis) {
        whole(x.rank() - static_cast<int>(used));
      } else if (item.kind == Item::integer) {
        const Dim d = x[from];
        const Dim i = *item.start < 0 && d >= 0 ? *item.start + d : *item.start;
        if (d >= 0 && (i < 0 || i >= d)) fail("index {} is outside of shape {}.", *item.start, to_string(x));
        out.push_back({from++, i, 1, 1, false});
      } else {
        out.push_back(sliced(item, x[from], from));
        ++from;
      }
    }
    whole(x.rank() - from);
    return out;
  }
  static Axis sliced(const Item& item, Dim d, int from) {
    if (d < 0) {
      return {from, 0, item.step, unknown, true};
    }
    // Python's rules for slices.
    const bool forward = item.step > 0;
    auto clamp = [&](std::int64_t i, Dim low, Dim high) {
      return std::clamp<Dim>(i < 0 ? i + d : i, low, high);
    };
    const Dim start = item.start ? clamp(*item.start, forward ? 0 : -1, forward ? d : d - 1)
                      : forward  ? 0
                                 : d - 1;
    const Dim stop = item.stop ? clamp(*item.stop, forward ? 0 : -1, forward ? d : d - 1) : forward ? d : -1;
    const Dim span = forward ? stop - start : start - stop;
    const Dim step = forward ? item.step : -item.step;
    return {from, start, item.step, span <= 0 ? 0 : (span + step - 1) / step, true};
  }
  std::vector<Item> items_;
};

}  // namespace

void detail::add_get_item(OperationTable& table) {
  table.emplace_back("GetItem", [](OperationCall&& call) -> std::shared_ptr<Layer> {
    return make_object<Layer, GetItem>(std::move(call));
  });
}

}  // namespace rhyton
