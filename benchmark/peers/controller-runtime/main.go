// The benchmark's work as an operator of controller-runtime: a controller that owns its children, creates or updates each
// of them on every reconciliation and updates the status if it differs, with nothing tuned.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"

	"go.uber.org/zap/zapcore"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// BenchmarkReconciler reconciles a Benchmark.
type BenchmarkReconciler struct {
	client.Client
	Scheme *runtime.Scheme
}

// Reconcile makes the children what the parent says, and then says so in its status.
func (r *BenchmarkReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	var parent Benchmark
	if err := r.Get(ctx, req.NamespacedName, &parent); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	for number := range parent.Spec.Children {
		child := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
			Name:      fmt.Sprintf("%s-%d", parent.Name, number),
			Namespace: parent.Namespace,
		}}
		_, err := controllerutil.CreateOrUpdate(ctx, r.Client, child, func() error {
			child.Data = map[string]string{
				"number":  strconv.Itoa(int(number)),
				"payload": parent.Spec.Payload,
			}
			return controllerutil.SetControllerReference(&parent, child, r.Scheme)
		})
		if err != nil {
			return ctrl.Result{}, err
		}
	}

	status := BenchmarkStatus{ObservedGeneration: parent.Generation, Ready: parent.Spec.Children}
	if parent.Status == status {
		return ctrl.Result{}, nil
	}
	parent.Status = status
	// An update rather than a patch, as in kubebuilder's book.
	return ctrl.Result{}, r.Status().Update(ctx, &parent)
}

// SetupWithManager sets up the controller with the Manager.
func (r *BenchmarkReconciler) SetupWithManager(mgr ctrl.Manager, workers int) error {
	return ctrl.NewControllerManagedBy(mgr).
		For(&Benchmark{}).
		Owns(&corev1.ConfigMap{}).
		WithOptions(controller.Options{MaxConcurrentReconciles: workers}).
		Complete(r)
}

func run() error {
	namespace := os.Getenv("BENCHMARK_NAMESPACE")
	if namespace == "" {
		return errors.New("BENCHMARK_NAMESPACE is not set: the driver of the benchmark does that")
	}
	workers, err := strconv.Atoi(cmp.Or(os.Getenv("BENCHMARK_WORKERS"), "1"))
	if err != nil || workers < 1 {
		return errors.New("BENCHMARK_WORKERS: write a whole number from 1 on")
	}

	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), AddToScheme(scheme)); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:  scheme,
		Cache:   cache.Options{DefaultNamespaces: map[string]cache.Config{namespace: {}}},
		Metrics: metricsserver.Options{BindAddress: "0"},
	})
	if err != nil {
		return err
	}
	reconciler := &BenchmarkReconciler{Client: mgr.GetClient(), Scheme: mgr.GetScheme()}
	if err := reconciler.SetupWithManager(mgr, workers); err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

func main() {
	ctrl.SetLogger(zap.New(zap.Level(zapcore.WarnLevel)))
	if err := run(); err != nil {
		ctrl.Log.Error(err, "the operator failed")
		os.Exit(1)
	}
}
