#include "store/border/status.h"

#include <cairn/error.h>

namespace cairn::store {

void raise(const rocksdb::Status& status, const std::string& doing) {
  const std::string message = doing + ": " + status.ToString();
  if (status.IsNoSpace()) {
    throw IoError(message + "; reads go on, free disk space to write again", ErrorCode::no_space);
  }
  if (status.IsCorruption()) {
    throw Corruption(message + "; see docs/durability.md for what to do with a damaged store");
  }
  if (status.IsBusy() || status.IsTryAgain() || status.IsIncomplete() || status.IsTimedOut()) {
    throw Error(ErrorCode::busy, message + "; try again");
  }
  throw IoError(message);
}

void raise(const rocksdb::Status& status, std::string_view verb, std::string_view key) {
  raise(status, std::string(verb) + " " + quote(key));
}

}  // namespace cairn::store
