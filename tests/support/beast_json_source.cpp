// Asio, Beast and Boost.JSON, compiled once for the black-box tests, which link nothing of the product.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
#include <boost/json/src.hpp>
