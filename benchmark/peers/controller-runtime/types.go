package main

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API version of the parents.
var GroupVersion = schema.GroupVersion{Group: "benchmark.example.com", Version: "v1"}

// AddToScheme adds the types of the API version to a scheme.
func AddToScheme(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion, &Benchmark{}, &BenchmarkList{})
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}

// BenchmarkSpec is how many children there should be, and what each of them says.
type BenchmarkSpec struct {
	Children int32  `json:"children"`
	Payload  string `json:"payload"`
}

// BenchmarkStatus is how many children say what they should, and for which generation.
type BenchmarkStatus struct {
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	Ready              int32 `json:"ready"`
}

// Benchmark is so many ConfigMaps with the same payload.
type Benchmark struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitzero"`

	Spec   BenchmarkSpec   `json:"spec"`
	Status BenchmarkStatus `json:"status,omitzero"`
}

// BenchmarkList is a list of Benchmarks.
type BenchmarkList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`
	Items           []Benchmark `json:"items"`
}

// DeepCopyInto copies into out, as controller-gen would write it.
func (in *Benchmark) DeepCopyInto(out *Benchmark) {
	*out = *in
	in.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
}

// DeepCopyObject implements runtime.Object.
func (in *Benchmark) DeepCopyObject() runtime.Object {
	out := new(Benchmark)
	in.DeepCopyInto(out)
	return out
}

// DeepCopyObject implements runtime.Object.
func (in *BenchmarkList) DeepCopyObject() runtime.Object {
	out := new(BenchmarkList)
	*out = *in
	in.ListMeta.DeepCopyInto(&out.ListMeta)
	out.Items = make([]Benchmark, len(in.Items))
	for i := range in.Items {
		in.Items[i].DeepCopyInto(&out.Items[i])
	}
	return out
}
