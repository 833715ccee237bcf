#include "nn/kernels/fourier.hpp"

#include <unsupported/Eigen/FFT>

namespace rhyton {

Signal fourier_transform(const Signal& x, bool adjoint) {
  if (x.size() < 2) return x;
  Eigen::FFT<double> fft(Eigen::default_fft_impl<double>(), Eigen::FFT<double>::Unscaled);
  Signal y;
  if (adjoint)
    fft.inv(y, x);
  else
    fft.fwd(y, x);
  return y;
}

}  // namespace rhyton
