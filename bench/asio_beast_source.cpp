// Asio and Beast, compiled once for the floor.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
